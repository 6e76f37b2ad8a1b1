import { expect, test, vi } from "vitest";
import { controlColoring } from "../../src/control/coloring";
import type { ThemeControl } from "../../src/control/theme";
import type { Clusters } from "../../src/data/source";
import { fakeApp, film, settled } from "../fake-app";

const light: ThemeControl = { scheme: () => "light", onChange: () => () => {} };
const twoClusters: Clusters = { codes: Uint8Array.of(0, 0, 1, 1), typical: [[1, 0], [3]] };

test("clusters are named by their typical tokens, in the legend and on the map", async () => {
  const { app, map } = fakeApp({ clusters: async () => twoClusters }, { colorBy: "cluster" });
  controlColoring(app, light, Promise.resolve());
  await settled();
  expect(app.session.get().legend?.entries.map(({ label, n }) => [label, n])).toEqual([
    ["dog · cat", 2],
    ["sat", 2],
  ]);
  const labels = map.setClusterLabels.mock.lastCall![0] as { text: string; ids: Uint32Array; color: number[] }[];
  expect(labels.map(({ text, ids }) => [text, [...ids]])).toEqual([
    ["dog", [0, 1]],
    ["sat", [2, 3]],
  ]);
  expect(labels[0].color).not.toEqual(labels[1].color);
});

test("clusters are computed once, however often they are shown", async () => {
  const clusters = vi.fn(async () => twoClusters);
  const { app } = fakeApp({ clusters }, { colorBy: "cluster" });
  controlColoring(app, light, Promise.resolve());
  await settled();
  app.store.set({ colorBy: "none" });
  app.store.set({ colorBy: "cluster" });
  app.store.set({ lang: "ko" });
  await settled();
  expect(clusters).toHaveBeenCalledTimes(1);
});

test("clusters that arrive after another choice do not color the map", async () => {
  let arrive: (value: Clusters) => void = () => {};
  const clusters = () => new Promise<Clusters>((resolve) => (arrive = resolve));
  const { app, map } = fakeApp({ clusters }, { colorBy: "cluster" });
  controlColoring(app, light, Promise.resolve());
  app.store.set({ colorBy: "frequency" });
  await settled();
  arrive(twoClusters);
  await settled();
  expect(app.session.get().legend?.kind).toBe("number");
  expect(map.setClusterLabels.mock.lastCall).toEqual([[]]);
});

test("after an error clusters can be asked for again", async () => {
  let isBroken = true;
  const clusters = async () => {
    if (isBroken) throw new Error("no server");
    return twoClusters;
  };
  const { app, notices } = fakeApp({ clusters }, { colorBy: "cluster" });
  controlColoring(app, light, Promise.resolve());
  await settled();
  expect([notices, app.session.get().legend]).toEqual([["no server"], null]);
  isBroken = false;
  app.store.set({ colorBy: "none" });
  app.store.set({ colorBy: "cluster" });
  await settled();
  expect(app.session.get().legend?.kind).toBe("category");
});

test("similarity follows the chosen token, and is asked for once for each", async () => {
  const similarities = vi.fn(async (id: number) => Float32Array.of(0, 0.5, 0.25, 0.125).fill(1, id, id + 1));
  const { app, map } = fakeApp({ similarities }, { colorBy: "similarity" });
  controlColoring(app, light, Promise.resolve());
  await settled();
  expect([similarities.mock.calls.length, app.session.get().legend]).toEqual([0, null]);
  app.store.set({ chosen: 0 });
  await settled();
  expect(app.session.get().legend).toMatchObject({ kind: "number", range: { from: 0.125, to: 0.5 } });
  expect([...map.setColors.mock.lastCall![0].codes]).toEqual([255, 255, 86, 1]);
  app.store.set({ lang: "ko" });
  await settled();
  app.store.set({ chosen: 2 });
  await settled();
  expect(similarities.mock.calls.map(([id]) => id)).toEqual([0, 2]);
});

test("clusters that wait say so once", async () => {
  const clusters = async (onProgress: (before: number, done: number) => void) => {
    for (const before of [3, 2, 1]) onProgress(before, 0);
    return twoClusters;
  };
  const { app, notices } = fakeApp({ clusters }, { colorBy: "cluster" });
  controlColoring(app, light, Promise.resolve());
  await settled();
  expect(notices).toEqual([app.t("legend.waiting", { n: 3 })]);
});

test("clusters are not asked for before the first picture, and say how far they are", async () => {
  let draw: () => void = () => {};
  let go: (value: Clusters) => void = () => {};
  const clusters = vi.fn((onProgress: (before: number, done: number) => void) => {
    onProgress(0, 0.25);
    return new Promise<Clusters>((resolve) => (go = resolve));
  });
  const { app } = fakeApp({ clusters }, { colorBy: "cluster" });
  controlColoring(app, light, new Promise((resolve) => (draw = resolve)));
  await settled();
  expect(clusters).not.toHaveBeenCalled();
  draw();
  await settled();
  expect(app.session.get().clustersDone).toBe(0.25);
  go(twoClusters);
  await settled();
  expect(app.session.get()).toMatchObject({ clustersDone: null, legend: { kind: "category" } });
});

test("similarities are those of the moment of a timeline, and while it plays the colors stay", async () => {
  const similarities = vi.fn(async (_: number, __?: AbortSignal, moment?: number) =>
    Float32Array.of(1, 0.5, 0.25, moment ?? NaN),
  );
  const { app } = fakeApp({ manifest: film, similarities }, { colorBy: "similarity", chosen: 0 });
  app.session.set({ shownMoment: 3 });
  controlColoring(app, light, Promise.resolve());
  app.session.set({ shownMoment: 1 });
  app.store.set({ playing: true });
  app.session.set({ shownMoment: 2 });
  await settled();
  expect(similarities.mock.calls.map(([, , moment]) => moment)).toEqual([3, 1]);
  app.store.set({ playing: false });
  await settled();
  expect(similarities.mock.calls.map(([, , moment]) => moment)).toEqual([3, 1, 2]);
});
