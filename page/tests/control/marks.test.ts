import { expect, test } from "vitest";
import { controlMarks } from "../../src/control/marks";
import { fakeApp, settled } from "../fake-app";

test("the marks of the state go to the map, once for all changes of a moment", async () => {
  const { app, map } = fakeApp({}, { chosen: 3 });
  controlMarks(app);
  expect(map.setMarks.mock.calls.length).toBe(1);
  app.store.set({ hovered: 1 });
  app.store.set({ selected: Uint32Array.of(0, 1), isolated: true });
  app.session.set({ neighbors: [{ id: 2, score: 1 }] });
  await settled();
  expect(map.setMarks.mock.calls.length).toBe(2);
  expect(map.setMarks).toHaveBeenLastCalledWith({
    chosen: 3,
    hovered: 1,
    neighbors: [2],
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

test("other changes do not touch the map", async () => {
  const { app, map } = fakeApp();
  controlMarks(app);
  app.store.set({ text: "cat", labels: false });
  app.session.set({ norms: new Float32Array(4) });
  await settled();
  expect(map.setMarks.mock.calls.length).toBe(1);
});
