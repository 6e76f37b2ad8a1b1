import { expect, test } from "vitest";
import { FRONT } from "../../src/state/camera";
import { fileName, fit, possibleDims, resetView, showDims } from "../../src/ui/actions";
import { fakeApp, manifest } from "../fake-app";

test("a method is shown in the dimensions that it offers", () => {
  const { app } = fakeApp({}, { method: "umap", dims: 2 });
  expect(possibleDims(app)).toEqual([2]);
  showDims(app, 3);
  expect(app.store.get().dims).toBe(2);
  app.store.set({ method: "none" });
  showDims(app, 3);
  expect(app.store.get().dims).toBe(3);
});

test("resetting the view goes to where the picture opened", () => {
  const { app, setCamera } = fakeApp({}, { camera: FRONT });
  resetView(app);
  expect(setCamera).toHaveBeenCalledWith(null, true);
  expect(app.store.get().camera).toBeNull();
});

test("fit shows the selection, else what was found, else everything", () => {
  const { app, fit: shown } = fakeApp();
  fit(app);
  app.store.set({ found: Uint32Array.of(1) });
  fit(app);
  app.store.set({ selected: Uint32Array.of(2) });
  fit(app);
  app.store.set({ selected: new Uint32Array(0), found: new Uint32Array(0) });
  fit(app);
  expect(shown.mock.calls).toEqual([[null], [Uint32Array.of(1)], [Uint32Array.of(2)], [null]]);
});

test.each([
  ["models/the best: v2?", "models-the-best-v2-"],
  ["고양이", "고양이"],
  ["", "tovec"],
  ["x".repeat(200), "x".repeat(80)],
])("the title %j gives the file name %j", (title, name) => {
  expect(fileName(fakeApp({ manifest: { ...manifest, title } }).app)).toBe(name);
});
