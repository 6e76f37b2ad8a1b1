import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginning, followTraits } from "../../src/notebook/traits";
import { fakeApp, film } from "../fake-app";
import { FakeModel } from "./fake-model";

const picture = { method: "umap", dims: 2, seed: 3, settings: { neighbors: 5 }, components: [], axes: [] };
const traits = {
  selection: [2, 0],
  chosen: 1,
  hovered: null,
  picture,
  camera: { target: [0, 0, 0], distance: 2, azimuth: 0, elevation: 0 },
  moment: 3,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function followed(change: Record<string, unknown> = {}) {
  const model = new FakeModel({ ...traits, ...change });
  const fake = fakeApp({ manifest: film });
  fake.app.store.set(beginning(model));
  followTraits(fake.app, model);
  return { model, ...fake };
}

test("a page begins with what Python has set", () => {
  const state = beginning(new FakeModel(traits));
  expect([...state.selected!]).toEqual([0, 2]);
  expect(state).toMatchObject({ chosen: 1, hovered: null, method: "umap", dims: 2, seed: 3, moment: 3 });
  expect(state.axes).toHaveLength(3);
  expect(state.camera).toEqual(traits.camera);
});

test("Python hears once of what changes together, and of nothing that is as it was", () => {
  const { model, app } = followed();
  app.store.set({ selected: Uint32Array.of(1, 3) });
  app.store.set({ hovered: 2 });
  app.store.set({ hovered: null });
  expect(model.saved).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(model.saved).toEqual([{ selection: [1, 3] }]);
  app.store.set({ selected: Uint32Array.of(1, 3), search: "cat" });
  vi.advanceTimersByTime(200);
  expect(model.saved).toHaveLength(1);
});

test("Python hears the numbers of the method that is shown, not of those before", () => {
  const { model, app } = followed();
  app.store.set({ method: "pca", components: [1, 3, 2] });
  vi.advanceTimersByTime(200);
  expect(app.store.get().settings).toEqual({ neighbors: 5 });
  expect(model.saved).toEqual([{ picture: { ...picture, method: "pca", settings: {}, components: [] } }]);
});

test("what Python sets is shown and not sent back", () => {
  const { model, app } = followed();
  model.receive("selection", [3, 1, 3]);
  model.receive("picture", { ...picture, method: "none", axes: [{ from: "man", to: "woman" }] });
  model.receive("moment", 1);
  vi.advanceTimersByTime(200);
  const state = app.store.get();
  expect([...state.selected]).toEqual([1, 3]);
  expect(state.method).toBe("none");
  expect(state.axes.map(({ from }) => from)).toEqual(["man", "", ""]);
  expect(state).toMatchObject({ moment: 1, playing: false });
  expect(model.saved).toEqual([]);
});

test("axes that Python sets take the place of independent ones, which stay beside other changes", () => {
  const { model, app } = followed();
  app.store.set({ method: "axes", independent: [4, 2, 0] });
  model.receive("picture", { ...picture, method: "axes", seed: 5 });
  expect(app.store.get()).toMatchObject({ seed: 5, independent: [4, 2, 0] });
  const axes = [1, 2].map(() => ({ from: "man", to: "woman" }));
  model.receive("picture", { ...picture, method: "axes", axes });
  expect(app.store.get()).toMatchObject({ axes: [...axes, { from: "", to: "" }], independent: [0, 0, 0] });
});

test("a moment is told as a whole number, which does not set the page back while it plays", () => {
  const { model, app } = followed();
  app.store.set({ moment: 1.6, playing: true });
  vi.advanceTimersByTime(200);
  expect(model.saved).toEqual([{ moment: 2 }]);
  expect(app.store.get()).toMatchObject({ moment: 1.6, playing: true });
});
