import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controlKeyboard } from "../../src/control/keyboard";
import type { MapStats, MapView } from "../../src/draw/map";
import type { State } from "../../src/state/state";
import { fakeApp } from "../fake-app";

class FakeInput {
  constructor(readonly type: string) {}
  closest(): null {
    return null;
  }
}
beforeEach(() => void vi.stubGlobal("HTMLInputElement", FakeInput));
afterEach(() => void vi.unstubAllGlobals());

/** cat in the middle, dog to the right, mat below, sat far to the right: CSS pixels on a map of 400 × 400. */
const PLACES = [
  { x: 200, y: 200 },
  { x: 260, y: 200 },
  { x: 200, y: 280 },
  { x: 390, y: 200 },
];

function withMarks(...edgeMarks: MapStats["edgeMarks"]): MapStats {
  return { edgeMarks } as MapStats;
}

/** A page whose map has the focus; `press` says whether the key did something. */
function page(state: Partial<State> = {}, map: Partial<MapView> = {}) {
  const fake = fakeApp({}, state, {
    element: { clientWidth: 400, clientHeight: 400 } as HTMLElement,
    place: (id) => PLACES[id],
    pick: () => null,
    stats: () => withMarks(),
    coordinates: () => Float32Array.from({ length: 12 }, (_, at) => at),
    ...map,
  });
  let listener: (event: object) => void = () => {};
  const onMap = { closest: () => null };
  const elsewhere = { closest: () => null };
  const root = {
    contains: () => true,
    querySelector: (selector: string) => (selector === ".map" ? { contains: (one: object) => one === onMap } : null),
    ownerDocument: {
      addEventListener: (_: string, added: typeof listener) => (listener = added),
      removeEventListener: () => (listener = () => {}),
    },
  };
  controlKeyboard(fake.app, root as unknown as HTMLElement);
  const press = (key: string, change: object = {}) => {
    const none = { code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false };
    let hasRun = false;
    listener({ ...none, key, target: onMap, preventDefault: () => (hasRun = true), ...change });
    return hasRun;
  };
  return { ...fake, press, elsewhere };
}

test("an arrow chooses the nearest neighbor in its direction", () => {
  const { app, press } = page({ chosen: 0 });
  app.session.set({ neighbors: [3, 1, 2].map((id) => ({ id, score: 1 })) });
  press("ArrowRight");
  expect(app.store.get().chosen).toBe(1);
  app.store.set({ chosen: 0 });
  press("ArrowDown");
  expect(app.store.get().chosen).toBe(2);
});

test("without a neighbor there, an arrow chooses any token that it meets", () => {
  const pick = (x: number, y: number) => (x > 240 && y === 200 ? 1 : null);
  const { app, press } = page({ chosen: 0 }, { pick });
  press("ArrowRight");
  expect(app.store.get().chosen).toBe(1);
  press("ArrowUp");
  expect(app.store.get().chosen).toBe(1);
});

test("where no token is in view, an arrow chooses an outlier whose mark lies there", () => {
  const stats = () => withMarks({ id: 2, text: "mat", x: 380, y: 190 });
  const { app, press } = page({ chosen: 0 }, { stats });
  press("ArrowUp");
  expect(app.store.get().chosen).toBe(0);
  press("ArrowRight");
  expect(app.store.get().chosen).toBe(2);
});

test("the first arrow chooses the most important token, of an isolated selection one of its own", () => {
  const { app, press } = page();
  press("ArrowLeft");
  expect(app.store.get().chosen).toBe(3);
  app.store.set({ chosen: null, isolated: true, selected: Uint32Array.of(1, 2) });
  press("ArrowLeft");
  expect(app.store.get().chosen).toBe(1);
});

test("arrows and Enter belong to the map, letters to the whole page", () => {
  const { app, press, elsewhere } = page({ chosen: 0 });
  expect(press("ArrowRight", { target: elsewhere })).toBe(false);
  expect(press("Enter", { target: elsewhere })).toBe(false);
  expect(press("l", { target: elsewhere })).toBe(true);
  expect(app.store.get().labels).toBe(false);
});

test("keys that are typed into a field do nothing", () => {
  const { app, press } = page();
  expect(press("l", { target: new FakeInput("text") })).toBe(false);
  expect(press("l", { target: new FakeInput("checkbox") })).toBe(true);
  expect(app.store.get().labels).toBe(false);
});

test("Escape leaves the tool first, then the chosen token, then an analogy that is drawn, then nothing", () => {
  const { app, press } = page({ tool: "lasso", chosen: 2, analogy: [0, 1, null] });
  expect(press("Escape")).toBe(true);
  expect(app.store.get()).toMatchObject({ tool: "move", chosen: 2 });
  expect(press("Escape")).toBe(true);
  expect(app.store.get()).toMatchObject({ chosen: null, analogy: [0, 1, null] });
  expect(press("Escape")).toBe(true);
  expect(app.store.get().analogy).toEqual([null, null, null]);
  app.store.set({ analogy: [0, null, 1] }); // still being typed
  expect(press("Escape")).toBe(false);
});

test("Enter centers the chosen token", () => {
  const { press, setCamera } = page({ chosen: 2 });
  expect(press("Enter")).toBe(true);
  expect(setCamera).toHaveBeenCalledWith(expect.objectContaining({ target: [6, 7, 8] }), true);
});

test("a key that another part has handled is left to it", () => {
  const { app, press } = page();
  press("l", { defaultPrevented: true });
  expect(app.store.get().labels).toBe(true);
});
