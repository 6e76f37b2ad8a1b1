import { expect, test } from "vitest";
import { controlMarks } from "../../src/control/marks";
import { fakeApp, settled } from "../fake-app";

test("the marks of the state go to the map, once for all changes of a moment", async () => {
  const { app, map } = fakeApp({}, { chosen: 3 });
  controlMarks(app);
  expect(map.setMarks.mock.calls.length).toBe(1);
  app.store.set({ hovered: 1 });
  app.store.set({ selected: Uint32Array.of(0, 1), isolated: true });
  app.session.set({ neighbors: [{ id: 2, score: 0.875 }] });
  await settled();
  expect(map.setMarks.mock.calls.length).toBe(2);
  expect(map.setMarks).toHaveBeenLastCalledWith({
    chosen: 3,
    hovered: 1,
    isFocus: true,
    keepsColors: false,
    neighbors: [2],
    similarities: ["0.88"],
    arrows: [],
    selected: Uint32Array.of(0, 1),
    found: null,
    path: [],
    isolated: true,
  });
});

test("the token that the arrow keys have reached is marked instead of the one under the mouse", async () => {
  const { app, map } = fakeApp({}, { hovered: 1 });
  controlMarks(app);
  app.store.set({ cursor: 2 });
  await settled();
  expect(map.setMarks.mock.lastCall![0]).toMatchObject({ hovered: 2 });
});

test("an analogy and its answer become arrows", async () => {
  const { app, map } = fakeApp({}, { analogy: [0, 1, 2] });
  controlMarks(app);
  app.session.set({ answer: 3 });
  await settled();
  expect(map.setMarks.mock.lastCall![0].arrows).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test("hovering leaves the neighbors the same value, so that the map has nothing to draw again but labels", async () => {
  const { app, map } = fakeApp({}, { chosen: 3 });
  controlMarks(app);
  app.session.set({ neighbors: [{ id: 2, score: 1 }] });
  await settled();
  const before = map.setMarks.mock.lastCall![0];
  app.store.set({ hovered: 1 });
  await settled();
  const after = map.setMarks.mock.lastCall![0];
  expect(after).not.toBe(before);
  expect(after.neighbors).toBe(before.neighbors);
  expect(after.arrows).toBe(before.arrows);
});

test("other changes do not touch the map", async () => {
  const { app, map } = fakeApp();
  controlMarks(app);
  app.store.set({ text: "cat", labels: false });
  app.session.set({ norms: new Float32Array(4) });
  await settled();
  expect(map.setMarks.mock.calls.length).toBe(1);
});
