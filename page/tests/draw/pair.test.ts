import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TokenTable } from "../../src/data/tokens";
import type { MapEvents, MapView, Marks } from "../../src/draw/map";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { MapPair, type PairStart } from "../../src/draw/pair";
import type { OneOfTwo } from "../../src/draw/scene";
import { FRONT, type Camera } from "../../src/state/camera";
import { identity } from "./helpers";

/** An element that remembers its listeners; `fire` calls them. */
function element() {
  const listeners = new Map<string, () => void>();
  return {
    style: { setProperty: () => {} },
    dataset: {} as Record<string, string>,
    hidden: false,
    clientWidth: 400,
    clientHeight: 400,
    append: () => {},
    prepend: () => {},
    remove: () => {},
    toggleAttribute: () => {},
    addEventListener: (name: string, listener: () => void) => void listeners.set(name, listener),
    fire: (name: string) => listeners.get(name)!(),
  };
}

/** A map that moves its camera at once, and remembers what it was told. */
function fakeMap(events: MapEvents) {
  const calls: { name: string; args: unknown[] }[] = [];
  let camera: Camera = FRONT;
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push({ name, args });
  const names = ["setTokens", "setImportance", "setPoints", "setMoment", "setTrails", "setColors", "setMarks", "fit", "destroy"]; // prettier-ignore
  return {
    ...Object.fromEntries(names.map((name) => [name, note(name)])),
    events,
    calls,
    element: element(),
    getCamera: () => camera,
    setCamera(next: Camera | null) {
      calls.push({ name: "setCamera", args: [next] });
      camera = next ?? FRONT;
      events.onMove?.(next);
    },
    follow(next: Camera) {
      camera = next;
      events.onMove?.(next);
    },
    /** As a gesture does it. */
    drag(next: Camera) {
      camera = next;
      events.onMove?.(next);
      events.onCamera(next);
    },
    lookAt(id: number) {
      const next = { ...camera, target: [id, 0, 0] } as Camera;
      this.setCamera(next);
      return next;
    },
    /** The token's place at each of the two moments. */
    ways: ([id]: readonly number[]) => Float32Array.of(id, 0, 0, id + 1, 0, 0),
  };
}

type FakeMap = ReturnType<typeof fakeMap>;

beforeEach(() => vi.stubGlobal("document", { createElement: element }));
afterEach(() => vi.unstubAllGlobals());

function made(start: Partial<PairStart> = {}) {
  const maps: FakeMap[] = [];
  const make = (events: MapEvents) => {
    maps.push(fakeMap(events));
    return maps.at(-1) as unknown as MapView & OneOfTwo;
  };
  const events = { onHover: vi.fn(), onClick: vi.fn(), onArea: vi.fn(), onCamera: vi.fn(), onFirstCamera: vi.fn(), onLeader: vi.fn() }; // prettier-ignore
  const pair = new MapPair(make, events, ["A", "B"], { layout: "beside", linked: true, firstCamera: null, ...start });
  const use = (side: 0 | 1) => (pair.panes[side] as unknown as ReturnType<typeof element>).fire("pointerenter");
  return { pair, maps, events, use, second: maps[0], first: maps[1] };
}

const told = (map: FakeMap, name: string) => map.calls.filter((call) => call.name === name).map(({ args }) => args);
const there: Camera = { ...FRONT, target: [0.5, 0, 0] };
const tokens = {} as TokenTable;
const points = new Float32Array(16);

test("each map shows the places of its own table, and both all else", () => {
  const { pair, first, second } = made();
  pair.setTokens(tokens, identity(4));
  pair.setPoints(points, 2, false, 1);
  expect(told(first, "setPoints")).toEqual([[points, 2, false, 0]]);
  expect(told(second, "setPoints")).toEqual([[points, 2, false, 1]]);
  expect(told(first, "setTokens")).toEqual(told(second, "setTokens"));
  const [then, now]: Marks[] = [1, 2].map((id) => ({ ...NO_MARKS, neighbors: [id] }));
  pair.setMarks(now, then);
  expect([told(first, "setMarks"), told(second, "setMarks")]).toEqual([[[then]], [[now]]]);
});

test("the first table's map is made when it is needed, and told what it has missed, the tokens first", () => {
  const { pair, maps } = made({ layout: "one" });
  expect(maps).toHaveLength(1);
  pair.setTokens(tokens, identity(4));
  pair.setPoints(points, 2, false, 0);
  pair.setLayout("beside");
  const [second, first] = maps;
  expect(first.calls.map(({ name }) => name)).toEqual(["setTokens", "setPoints", "setCamera"]);
  expect(told(second, "setMoment").at(-1)).toEqual([1, false]);
  pair.setLayout("one");
  expect(told(first, "destroy")).toHaveLength(1);
  expect(told(second, "setMoment").at(-1)).toEqual([0, false]);
});

test("one map shows the moment, with the marks of its table", () => {
  const { pair, maps } = made({ layout: "one" });
  const [then, now]: Marks[] = [1, 2].map((id) => ({ ...NO_MARKS, neighbors: [id] }));
  pair.setMarks(now, then);
  pair.setMoment(0, true);
  expect(told(maps[0], "setMarks").at(-1)).toEqual([then]);
  pair.setMoment(1, true);
  expect(told(maps[0], "setMarks").at(-1)).toEqual([now]);
});

test("linked, the other map follows the one that is used", () => {
  const { pair, first, second, use, events } = made();
  use(0);
  expect(events.onLeader).toHaveBeenCalledWith(0);
  first.drag(there);
  expect(second.getCamera()).toEqual(there);
  expect(events.onCamera).toHaveBeenCalledWith(there);
  pair.setCamera(null, true);
  expect([first, second].map((map) => told(map, "setCamera").at(-1))).toEqual([[null], [null]]);
});

test("not linked, each has its own camera, and they meet when they are linked again", () => {
  const { pair, first, second, use, events } = made({ linked: false });
  use(0);
  first.drag(there);
  expect(pair.usesFirst).toBe(true);
  expect(second.getCamera()).toEqual(FRONT);
  expect(events.onFirstCamera).toHaveBeenCalledWith(there);
  expect(events.onCamera).not.toHaveBeenCalled();
  expect(pair.camerasWhen(true)).toEqual({ camera: there, firstCamera: null });
  pair.setLinked(true);
  expect(second.getCamera()).toEqual(there);
  expect(pair.camerasWhen(false)).toEqual({ camera: there, firstCamera: there });
});

test("looking at a token brings both of its places into view where the cameras are linked, else each map its own", () => {
  const linked = made();
  const camera = linked.pair.lookAt(3)!;
  expect(camera.target[0]).toBeCloseTo(3.5);
  expect(linked.first.getCamera()).toEqual(camera);
  linked.pair.fit([7]);
  expect(linked.second.getCamera().target[0]).toBeCloseTo(7.5);
  expect(linked.events.onCamera).toHaveBeenLastCalledWith(linked.first.getCamera());
  const apart = made({ linked: false });
  expect(apart.pair.lookAt(3)!.target[0]).toBe(3);
  expect(apart.events.onFirstCamera).toHaveBeenCalledWith(expect.objectContaining({ target: [3, 0, 0] }));
});
