import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controlKeyboard } from "../../src/control/keyboard";
import type { DataSource } from "../../src/data/source";
import type { MapStats, MapView } from "../../src/draw/map";
import { FRONT } from "../../src/state/camera";
import { NO_IDS } from "../../src/state/ids";
import type { State } from "../../src/state/state";
import { fakeApp, film } from "../fake-app";

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
function page(state: Partial<State> = {}, map: Partial<MapView> = {}, source: Partial<DataSource> = {}) {
  const fake = fakeApp(source, state, {
    viewport: { clientWidth: 400, clientHeight: 400 } as HTMLElement,
    place: (id) => PLACES[id],
    pick: () => null,
    stats: () => withMarks(),
    lookAt: (id) => ({ ...FRONT, target: [id, 0, 0] }),
    ...map,
  });
  let listener: (event: object) => void = () => {};
  const onMap = { closest: () => null };
  const elsewhere = { closest: () => null };
  const root = {
    contains: () => true,
    querySelector: (selector: string) =>
      selector === ".map" ? { contains: (one: object) => one === onMap, addEventListener: () => {} } : null,
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

test("an arrow goes to the nearest neighbor in its direction, and Enter chooses it", () => {
  const { app, press } = page({ chosen: 0 });
  app.session.set({ neighbors: [3, 1, 2].map((id) => ({ id, score: 1 })) });
  press("ArrowRight");
  expect(app.store.get()).toMatchObject({ cursor: 1, chosen: 0 });
  press("Enter");
  expect(app.store.get()).toMatchObject({ cursor: null, chosen: 1 });
  app.store.set({ chosen: 0 });
  press("ArrowDown");
  expect(app.store.get().cursor).toBe(2);
  press("ArrowUp"); // back to the chosen token
  expect(app.store.get().cursor).toBe(0);
});

test("without a neighbor there, an arrow goes to any token that it meets", () => {
  const pick = (x: number, y: number) => (x > 240 && y === 200 ? 1 : null);
  const { app, press } = page({ chosen: 0 }, { pick });
  press("ArrowRight");
  expect(app.store.get().cursor).toBe(1);
  press("ArrowUp");
  expect(app.store.get().cursor).toBe(1);
});

test("where no token is in view, an arrow goes to an outlier whose mark lies there", () => {
  const stats = () => withMarks({ id: 2, text: "mat", x: 380, y: 190 });
  const { app, press } = page({ chosen: 0 }, { stats });
  press("ArrowUp");
  expect(app.store.get().cursor).toBeNull();
  press("ArrowRight");
  expect(app.store.get().cursor).toBe(2);
});

test("the first arrow goes to the most important token, of a selection that is isolated or alone to one of its own", () => {
  const { app, press } = page();
  press("ArrowLeft");
  expect(app.store.get().cursor).toBe(3);
  const some = Uint32Array.of(1, 2);
  app.store.set({ cursor: null, isolated: true, selected: some });
  press("ArrowLeft");
  expect(app.store.get().cursor).toBe(1);
  app.store.set({ cursor: null, isolated: false, selected: NO_IDS, rows: some });
  press("ArrowLeft");
  expect(app.store.get().cursor).toBe(1);
});

test("with Shift, an arrow adds where it comes from and where it goes to the selection", () => {
  const { app, press } = page({ chosen: 0, selected: Uint32Array.of(3) });
  app.session.set({ neighbors: [1, 2].map((id) => ({ id, score: 1 })) });
  press("ArrowRight", { shiftKey: true });
  expect([...app.store.get().selected]).toEqual([0, 1, 3]);
  expect(app.store.get().chosen).toBe(0);
});

test("with Shift, Enter selects the token that the keys have reached, or removes it", () => {
  const { app, press } = page({ cursor: 2 });
  expect(press("Enter", { shiftKey: true })).toBe(true);
  expect([...app.store.get().selected]).toEqual([2]);
  press("Enter", { shiftKey: true });
  expect([...app.store.get().selected]).toEqual([]);
  app.store.set({ cursor: null });
  expect(press("Enter", { shiftKey: true })).toBe(false);
});

test("a token without a place is not centered", () => {
  const { app, press } = page({ chosen: 2 }, { lookAt: () => null });
  expect(press("Enter")).toBe(false);
  expect(app.store.get().camera).toBeNull();
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

test("Escape leaves the tool first, then the token of the keys, the chosen token, an analogy that is drawn, then nothing", () => {
  const { app, press } = page({ tool: "lasso", cursor: 1, chosen: 2, analogy: [0, 1, null] });
  expect(press("Escape")).toBe(true);
  expect(app.store.get()).toMatchObject({ tool: "move", cursor: 1, chosen: 2 });
  expect(press("Escape")).toBe(true);
  expect(app.store.get()).toMatchObject({ cursor: null, chosen: 2 });
  expect(press("Escape")).toBe(true);
  expect(app.store.get()).toMatchObject({ chosen: null, analogy: [0, 1, null] });
  expect(press("Escape")).toBe(true);
  expect(app.store.get().analogy).toEqual([null, null, null]);
  app.store.set({ analogy: [0, null, 1] }); // still being typed
  expect(press("Escape")).toBe(false);
});

test("Enter centers the chosen token", () => {
  const { app, press } = page({ chosen: 2 });
  expect(press("Enter")).toBe(true);
  expect(app.store.get().camera!.target).toEqual([2, 0, 0]);
});

test("a key that another part has handled is left to it", () => {
  const { app, press } = page();
  press("l", { defaultPrevented: true });
  expect(app.store.get().labels).toBe(true);
});

test("keys play a timeline and step through it, on a slider too; Space only on the map", () => {
  const { app, press, elsewhere } = page({ moment: 3 }, {}, { manifest: film });
  const now = () => [app.store.get().moment, app.store.get().playing];
  press(",");
  expect(now()).toEqual([2, false]);
  press("p");
  expect(now()).toEqual([2, true]);
  expect(press(" ", { target: elsewhere })).toBe(false);
  press(" ");
  expect(now()).toEqual([2, false]);
  press(".", { target: new FakeInput("range") });
  press("ㅔ", { code: "KeyP" });
  expect(now()).toEqual([0, true]); // from the start, since the last moment was there
  press("ArrowLeft", { target: new FakeInput("range") });
  expect(now()).toEqual([0, true]);
});

test("without a timeline these keys do nothing", () => {
  const { app, press } = page();
  expect([",", ".", "p", " "].map((key) => press(key))).toEqual([false, false, false, false]);
  expect(app.store.get().playing).toBe(false);
});
