import { expect, test, vi } from "vitest";
import { controlProjection, requestOf } from "../../src/control/projection";
import type { Manifest, ProjectionRequest, ProjectionUpdate } from "../../src/data/source";
import type { State } from "../../src/state/state";
import { fakeApp, manifest, settled } from "../fake-app";

const ids = new Map([
  ["man", 1],
  ["woman", 2],
  ["king", 3],
]);
const idOf = (token: string) => ids.get(token) ?? null;
const plain = { settings: {}, components: [], rows: new Uint32Array(0) };
const state = (change: Partial<State>) =>
  ({ method: "axes", dims: 2, seed: 4, axes: [], independent: [0, 0, 0], ...plain, ...change }) as State;

test("custom axes are requested when every word of every needed axis is known", () => {
  const good = { from: " man  king ", to: "woman" };
  // prettier-ignore
  expect(requestOf(state({ axes: [good, good, { from: "", to: "" }] }), idOf, manifest)).toEqual({
    method: "axes", dims: 2, seed: 0, axes: [{ from: [1, 3], to: [2] }, { from: [1, 3], to: [2] }], ...plain,
  });
  expect(requestOf(state({ axes: [good, { from: "man", to: "queen" }] }), idOf, manifest)).toBeNull();
  expect(requestOf(state({ axes: [good, { from: "", to: "man" }] }), idOf, manifest)).toBeNull();
});

test("an independent axis is requested by its number, whatever the words beside it are", () => {
  const axes = [
    { from: "man", to: "woman" },
    { from: "", to: "queen" },
  ];
  const request = requestOf(state({ axes, independent: [0, 27, 3] }), idOf, manifest);
  expect(request!.axes).toEqual([{ from: [1], to: [2] }, { independent: 27 }]);
});

test("the seed is sent for methods that start from random numbers, and for no others", () => {
  expect(requestOf(state({ method: "umap" }), idOf, manifest)!.seed).toBe(4);
  expect(requestOf(state({ method: "pca" }), idOf, manifest)!.seed).toBe(0);
});

test("a request holds the numbers that its method reads, and in an exported file none", () => {
  const neighbors = { name: "neighbors", default: 15, lowest: 2, highest: 200, step: 1 } as const;
  const served: Manifest = {
    ...manifest,
    methods: [
      { method: "pca", dims: [2, 3], missing: null, settings: [] },
      { method: "umap", dims: [2, 3], missing: null, settings: [neighbors] },
    ],
  };
  const rows = Uint32Array.of(1, 2);
  const chosen = { settings: { neighbors: 30, perplexity: 5 }, components: [2, 1, 3], rows };
  const asked = (method: "pca" | "umap", where: Manifest) => {
    const { settings, components, rows: alone } = requestOf(state({ method, ...chosen }), idOf, where)!;
    return { settings, components, rows: [...alone] };
  };
  expect(asked("umap", served)).toEqual({ settings: { neighbors: 30 }, components: [], rows: [1, 2] });
  expect(asked("pca", served)).toEqual({ settings: {}, components: [2, 1], rows: [1, 2] });
  expect(asked("pca", { ...served, drawsAnew: false })).toEqual({ settings: {}, components: [], rows: [] });
});

test("another number, other components and other tokens are another projection, each kept by itself", () => {
  const { runs, project } = manual();
  const { app } = fakeApp({ project }, { method: "umap", dims: 2 });
  controlProjection(app);
  runs[0].send(step({ stage: "done", points: points(1) }));
  app.store.set({ rows: Uint32Array.of(0, 1) });
  runs[1].send(step({ stage: "done", points: points(2) }));
  app.store.set({ rows: Uint32Array.of(0, 2) });
  app.store.set({ rows: Uint32Array.of(0, 1) });
  expect(runs.length).toBe(3);
  app.store.set({ settings: { neighbors: 5 } });
  app.store.set({ components: [2, 3, 1] });
  app.store.set({ settings: { neighbors: 5 }, components: [2, 3, 1], rows: Uint32Array.of(0, 1) }); // read again
  expect(runs.length).toBe(3); // this page has no such numbers, so it is the same projection
});

const step = (change: Partial<ProjectionUpdate>): ProjectionUpdate => ({
  stage: "layout",
  before: 0,
  overall: 0.5,
  leftS: 40,
  points: null,
  dims: 2,
  axisNames: [],
  explained: null,
  trust: null,
  recall: null,
  moments: 1,
  jitter: null,
  rotated: false,
  ...change,
});
const points = (value: number) => new Float32Array(8).fill(value);

/** A source whose projections are moved on by the test. */
function manual() {
  const runs: { request: ProjectionRequest; send: (update: ProjectionUpdate) => void; signal: AbortSignal }[] = [];
  const project = vi.fn(
    (request: ProjectionRequest, send: (update: ProjectionUpdate) => void, signal?: AbortSignal) => {
      runs.push({ request, send, signal: signal! });
      return new Promise<void>(() => {});
    },
  );
  return { runs, project };
}

test("updates draw points and report progress until the projection is done", () => {
  const { runs, project } = manual();
  const { app, map } = fakeApp({ project });
  controlProjection(app);
  runs[0].send(step({ stage: "waiting", before: 3 }));
  expect(app.store.get().progress).toMatchObject({ stage: "waiting", before: 3, running: true });
  runs[0].send(step({ points: points(1) }));
  expect(map.setPoints).toHaveBeenLastCalledWith(points(1), 2, false, 0);
  expect(app.store.get().progress).toMatchObject({
    stage: "layout",
    overall: 0.5,
    leftS: 40,
    before: 0,
    running: true,
  });
  runs[0].send(step({ stage: "done", overall: 1, axisNames: ["dimension 1"] }));
  expect(app.store.get().progress).toMatchObject({ stage: "done", running: false });
  expect(app.session.get().axisNames).toEqual(["dimension 1"]);
  expect(app.session.get().points).toEqual({ coordinates: points(1), dims: 2 });
});

test("another method aborts the projection before, whose late updates are dropped", () => {
  const { runs, project } = manual();
  const { app, map } = fakeApp({ project });
  controlProjection(app);
  app.store.set({ method: "umap", dims: 2 });
  expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  runs[0].send(step({ points: points(1) }));
  expect(map.setPoints).not.toHaveBeenCalled();
});

test("a finished projection is drawn again without asking", () => {
  const { runs, project } = manual();
  const { app, map } = fakeApp({ project });
  controlProjection(app);
  runs[0].send(step({ stage: "layout", points: points(1) }));
  runs[0].send(step({ stage: "done", overall: 1 })); // the points have not moved since
  app.store.set({ method: "umap", dims: 2 });
  app.store.set({ method: "none", dims: 3 });
  expect(runs.length).toBe(2);
  expect(map.setPoints).toHaveBeenLastCalledWith(points(1), 2, true, 0);
  expect(app.store.get().progress).toMatchObject({ stage: "done", running: false });
});

test("a stopped projection keeps what is drawn, and another seed starts a new one", () => {
  const { runs, project } = manual();
  const { app } = fakeApp({ project }, { method: "umap", dims: 2 });
  const { stop, again } = controlProjection(app);
  stop();
  expect(runs[0].signal.aborted).toBe(true);
  expect(app.store.get().progress).toMatchObject({ stage: "stopped", running: false, error: null });
  again();
  expect(runs.map(({ request }) => request.seed)).toEqual([0, 1]);
});

test("an error is kept where the page shows it", async () => {
  const { app } = fakeApp({ project: () => Promise.reject(new Error("too large")) });
  controlProjection(app);
  await settled();
  expect(app.store.get().progress).toMatchObject({ stage: "stopped", running: false, error: "too large" });
});

test("axes have titles in the language of the page, and those of a person keep theirs", () => {
  const { runs, project } = manual();
  const { app, map } = fakeApp({ project }, { method: "pca", dims: 2 });
  controlProjection(app);
  runs[0].send(step({ axisNames: ["PC 1 (44 % of variance)", "PC 2"], explained: [0.441, 1e-9], points: points(1) }));
  expect(map.setAxes).toHaveBeenLastCalledWith(["PC 1 (44.1% of variance)", "PC 2 (< 0.0001% of variance)"]);
  app.store.set({ lang: "ko" });
  const inKorean = ["주성분 1 (분산의 44.1%)", "주성분 2 (분산의 < 0.0001%)"];
  expect(map.setAxes).toHaveBeenLastCalledWith(inKorean);
  app.store.set({ method: "axes" }); // whose words are still to come
  expect(map.setAxes).toHaveBeenLastCalledWith(inKorean);
  app.session.set({ projected: "axes", axisNames: ["man → woman"], explained: null });
  expect(map.setAxes).toHaveBeenLastCalledWith(["man → woman"]);
});

test("axes of other principal components have their numbers in their titles, until others are drawn", () => {
  const { runs, project } = manual();
  const { app, map } = fakeApp({ project }, { method: "pca", dims: 2, components: [4, 2, 1] });
  controlProjection(app);
  runs[0].send(step({ axisNames: ["PC 4", "PC 2"], explained: [0.05, 0.2], points: points(1) }));
  const titles = ["PC 4 (5% of variance)", "PC 2 (20% of variance)"];
  expect(map.setAxes).toHaveBeenLastCalledWith(titles);
  app.store.set({ components: [] }); // whose points are still to come
  app.store.set({ lang: "ko" });
  expect(map.setAxes).toHaveBeenLastCalledWith(["주성분 4 (분산의 5%)", "주성분 2 (분산의 20%)"]);
  runs[1].send(step({ axisNames: ["PC 1", "PC 2"], explained: [0.4, 0.2], points: points(1) }));
  expect(map.setAxes).toHaveBeenLastCalledWith(["주성분 1 (분산의 40%)", "주성분 2 (분산의 20%)"]);
});

test("the axes of a map have no meaning, so none are drawn", () => {
  const { runs, project } = manual();
  const { app, map } = fakeApp({ project }, { method: "umap", dims: 2 });
  controlProjection(app);
  runs[0].send(step({ axisNames: ["UMAP 1", "UMAP 2"], points: points(1) }));
  expect(map.setAxes).toHaveBeenLastCalledWith(null);
});

test("the first picture is there with the first points, and where none will come", async () => {
  for (const end of ["points", "stop", "error"]) {
    const { runs, project } = manual();
    const { app } = fakeApp({ project: end === "error" ? () => Promise.reject(new Error("too large")) : project });
    const control = controlProjection(app);
    let isThere = false;
    void control.firstPicture.then(() => (isThere = true));
    if (end !== "error") {
      runs[0].send(step({ stage: "start" }));
      await settled();
      expect(isThere).toBe(false);
      if (end === "points") runs[0].send(step({ stage: "start", points: points(1) }));
      else control.stop();
    }
    await settled();
    expect(isThere).toBe(true);
  }
});

test("while axes are not complete, what is drawn stays, and another projection is drawn where nothing is", async () => {
  const { runs, project } = manual();
  const { app } = fakeApp({ project }, { method: "axes", dims: 2 });
  controlProjection(app);
  expect(runs.map(({ request }) => request.method)).toEqual(["none"]);
  runs[0].send(step({ stage: "done", points: points(1) }));
  app.store.set({ method: "umap" });
  app.store.set({ method: "axes" }); // which goes on with what is being computed
  expect(runs.map(({ request, signal }) => [request.method, signal.aborted])).toEqual([
    ["none", true],
    ["umap", false],
  ]);
  app.store.set({ dims: 3 });
  expect(runs[2].request).toMatchObject({ method: "none", dims: 3 });
});

test("the error of a projection does not stay when axes are chosen whose words are still to come", async () => {
  const project = ({ method }: ProjectionRequest) =>
    method === "umap" ? Promise.reject(new Error("too large")) : new Promise<void>(() => {});
  const { app } = fakeApp({ project }, { method: "umap", dims: 2 });
  controlProjection(app);
  await settled();
  expect(app.store.get().progress.error).toBe("too large");
  app.store.set({ method: "axes" });
  expect(app.store.get().progress).toMatchObject({ stage: "start", running: true, error: null });
});
