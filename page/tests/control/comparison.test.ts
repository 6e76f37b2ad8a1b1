import { expect, test, vi } from "vitest";
import { controlComparedNeighbors } from "../../src/control/compared-neighbors";
import { controlComparison } from "../../src/control/comparison";
import type { ComparisonInfo, DataSource, NearestRequest } from "../../src/data/source";
import type { MapView } from "../../src/draw/map";
import type { Compared } from "../../src/state/comparison";
import type { State } from "../../src/state/state";
import { compared as manifest, fakeApp, settled } from "../fake-app";

// cat moved, dog is in the first table alone, mat in the second alone, sat stayed within noise.
const COLUMNS = [
  Float32Array.of(0.8, NaN, NaN, 0.1),
  Float32Array.of(0.5, NaN, NaN, 1),
  Uint16Array.of(1, 2, 3, 1),
  Float32Array.of(0.1, NaN, NaN, 0.1),
];
const known: Compared = {
  movement: COLUMNS[0] as Float32Array,
  cosine: COLUMNS[1] as Float32Array,
  noise: COLUMNS[3] as Float32Array,
  where: COLUMNS[2] as Uint16Array,
  counts: [null, null],
};

function page(state: Partial<State> = {}, source: Partial<DataSource> = {}) {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  const setTrails = vi.fn();
  const column = async (index: number) => ({ info: manifest.columns[index], values: COLUMNS[index] });
  const more = { setTrails, setMoment: vi.fn() } as unknown as Partial<MapView>;
  return { ...fakeApp({ manifest, column, ...source }, { moment: 1, ...state }, more), setTrails };
}

const nearest = (answer: (request: NearestRequest) => number[]) =>
  vi.fn(async (request: NearestRequest) => answer(request).map((id) => ({ id, score: 0.5 })));

test("what is known of each token is read, and what moved beyond noise is listed, most moved first", async () => {
  const { app } = page();
  controlComparison(app);
  await settled();
  expect(app.session.get().comparison).toEqual(known);
  expect([...app.session.get().moved!]).toEqual([0]);
  app.store.set({ movedScript: "hangul" });
  expect([...app.session.get().moved!]).toEqual([]);
});

test("lines are drawn on one map: of what moved most, of the selected, of the chosen with its neighbors", async () => {
  const { app, setTrails } = page();
  controlComparison(app);
  await settled();
  const lines = () => setTrails.mock.lastCall![0] as number[];
  expect(lines()).toEqual([]);
  app.store.set({ mapLayout: "one" });
  expect(lines()).toEqual([0]);
  app.store.set({ lines: "selected", selected: Uint32Array.of(0, 3) });
  expect(lines()).toEqual([0, 3]);
  app.session.set({ firstNeighbors: [{ id: 1, score: 1 }], neighbors: [{ id: 2, score: 1 }] });
  app.store.set({ lines: "chosen" });
  expect(lines()).toEqual([]);
  app.store.set({ chosen: 3 });
  expect(lines()).toEqual([3, 2]);
  app.store.set({ moment: 0 });
  expect(lines()).toEqual([3, 1]);
  app.store.set({ lines: "none" });
  expect(lines()).toEqual([]);
});

test("the neighbors of a token are asked for in both tables, or in the only one that has it", async () => {
  const ask = nearest(({ moment }) => [moment! + 2]);
  const { app } = page({ chosen: 0 }, { nearest: ask });
  app.session.set({ comparison: known });
  controlComparedNeighbors(app);
  await settled();
  expect(ask).not.toHaveBeenCalled(); // the lengths say in which tables there is something to ask
  app.session.set({ lengths: Float32Array.of(2, 1) });
  await settled();
  expect(app.session.get().firstNeighbors!.map(({ id }) => id)).toEqual([2]);
  expect(app.session.get().neighbors!.map(({ id }) => id)).toEqual([3]);
  ask.mockClear();
  app.session.set({ lengths: null });
  app.store.set({ chosen: 1 });
  app.session.set({ lengths: Float32Array.of(2, NaN) });
  await settled();
  expect(ask.mock.calls.map(([{ moment }]) => moment)).toEqual([0]);
  expect(app.session.get().neighbors).toEqual([]);
});

test("a token without a direction in one table has no neighbors there, and still those in the other", async () => {
  const failing = vi.fn(async ({ moment }: NearestRequest) => {
    if (moment === 0) throw new Error("token cat has no direction: its row is all zeros");
    return [{ id: 3, score: 1 }];
  });
  const { app, notices } = page({ chosen: 0 }, { nearest: failing });
  app.session.set({ comparison: known, lengths: Float32Array.of(0, 1) });
  controlComparedNeighbors(app);
  await settled();
  expect(app.session.get()).toMatchObject({ firstNeighbors: [], neighbors: [{ id: 3 }] });
  expect(failing.mock.calls.map(([{ moment }]) => moment)).toEqual([1]);
  app.session.set({ lengths: Float32Array.of(Infinity, 1) });
  await settled();
  expect(app.session.get()).toMatchObject({ firstNeighbors: [], neighbors: [{ id: 3 }] });
  expect(notices).toEqual([]);
});

test("equal tables begin with other colors than movement", async () => {
  const { initialState } = await import("../../src/state/url");
  const equal: ComparisonInfo = { ...manifest.comparison!, isEqual: true };
  expect(initialState({ ...manifest, comparison: equal }, "en").colorBy).not.toBe("column:0");
});
