import { beforeEach, describe, expect, test, vi } from "vitest";
import { listen, type Gestures } from "../../src/draw/pointer";

/** Stands for an element at (100, 50) of the window. */
class FakeElement extends EventTarget {
  readonly captured: number[] = [];

  setPointerCapture(id: number): void {
    this.captured.push(id);
  }

  getBoundingClientRect() {
    return { left: 100, top: 50 };
  }
}

let element: FakeElement;
let log: unknown[][];
let stop: () => void;
const settings = { tool: "move" as "move" | "box" | "lasso", turns: true };

beforeEach(() => {
  vi.stubGlobal("WheelEvent", { DOM_DELTA_LINE: 1 });
  Object.assign(settings, { tool: "move", turns: true });
  element = new FakeElement();
  log = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void log.push([name, ...args]);
  const gestures: Gestures = {
    tool: () => settings.tool,
    turns: () => settings.turns,
    turn: record("turn"),
    pan: record("pan"),
    zoom: record("zoom"),
    hover: record("hover"),
    click: record("click"),
    doubleClick: record("doubleClick"),
    area: record("area"),
    areaDone: record("areaDone"),
    held: record("held"),
  };
  stop = listen(element as unknown as HTMLElement, gestures);
});

const NO_KEYS = { shiftKey: false, ctrlKey: false, metaKey: false };

/** `x`, `y`: in the element. */
function send(name: string, x: number, y: number, more: Record<string, unknown> = {}): Event {
  const event = new Event(name, { cancelable: true });
  Object.assign(event, NO_KEYS, {
    pointerId: 1,
    pointerType: "mouse",
    button: 0,
    clientX: x + 100,
    clientY: y + 50,
    ...more,
  });
  element.dispatchEvent(event);
  return event;
}

const named = (name: string) => log.filter(([found]) => found === name);

test("a press that moves by no more than a few pixels is a click", () => {
  send("pointerdown", 10, 20);
  send("pointermove", 12, 21);
  send("pointerup", 12, 21, { shiftKey: true });
  expect(log).toEqual([
    ["held", true],
    ["held", false],
    ["click", 12, 21, true],
  ]);
  expect(element.captured).toEqual([1]);
});

test("a press of another button or of a second finger is no click", () => {
  send("pointerdown", 10, 20, { button: 2 });
  send("pointerup", 10, 20, { button: 2 });
  send("pointerdown", 10, 20, { pointerId: 1 });
  send("pointerdown", 90, 20, { pointerId: 2 });
  send("pointerup", 90, 20, { pointerId: 2 });
  send("pointerup", 10, 20, { pointerId: 1 });
  expect(named("click")).toEqual([]);
});

describe("a drag", () => {
  const drag = (down: Record<string, unknown> = {}) => {
    send("pointerdown", 10, 20, down);
    send("pointermove", 30, 25, down);
    send("pointermove", 31, 27, down);
    send("pointerup", 31, 27, down);
  };

  test("turns in 3-D, and is no click", () => {
    drag();
    expect(named("turn")).toEqual([
      ["turn", 20, 5],
      ["turn", 1, 2],
    ]);
    expect(named("click")).toEqual([]);
  });

  test("pans in 2-D, with Shift, and with another button", () => {
    drag({ shiftKey: true });
    drag({ button: 2 });
    settings.turns = false;
    drag();
    expect(named("pan")).toHaveLength(6);
    expect(named("turn")).toEqual([]);
  });

  test("draws a box from corner to corner", () => {
    settings.tool = "box";
    drag({ ctrlKey: true });
    expect(named("area")).toEqual([
      ["area", [10, 20, 30, 20, 30, 25, 10, 25]],
      ["area", [10, 20, 31, 20, 31, 27, 10, 27]],
      ["area", null],
    ]);
    expect(named("areaDone")).toEqual([["areaDone", [10, 20, 31, 20, 31, 27, 10, 27], true]]);
  });

  test("draws a lasso along its way", () => {
    settings.tool = "lasso";
    drag();
    expect(named("areaDone")).toEqual([["areaDone", [10, 20, 30, 25, 31, 27], false]]);
  });

  test("that the system cancels selects nothing", () => {
    settings.tool = "lasso";
    send("pointerdown", 10, 20);
    send("pointermove", 30, 25);
    send("pointercancel", 30, 25);
    expect(named("areaDone")).toEqual([]);
    expect(log.slice(-2)).toEqual([
      ["area", null],
      ["held", false],
    ]);
  });
});

test("two fingers zoom at the place between them and pan with it", () => {
  send("pointerdown", 0, 0, { pointerId: 1, pointerType: "touch" });
  send("pointerdown", 100, 0, { pointerId: 2, pointerType: "touch" });
  send("pointermove", 200, 0, { pointerId: 2, pointerType: "touch" });
  expect(named("pan")).toEqual([["pan", 50, 0]]);
  expect(named("zoom")).toEqual([["zoom", 0.5, 100, 0]]);
  send("pointerup", 200, 0, { pointerId: 2 });
  send("pointerup", 0, 0, { pointerId: 1 });
  expect(named("click")).toEqual([]);
  expect(named("held")).toEqual([
    ["held", true],
    ["held", false],
  ]);
});

test("the mouse hovers where no button is down, a finger does not", () => {
  send("pointermove", 5, 6);
  send("pointermove", 7, 8, { pointerType: "touch" });
  send("pointerleave", 0, 0);
  expect(log).toEqual([
    ["hover", { x: 5, y: 6 }],
    ["hover", null],
  ]);
});

test("the wheel zooms at its place, more for lines than for pixels, and does not scroll the page", () => {
  const event = send("wheel", 5, 6, { deltaY: 100, deltaMode: 0 });
  expect(event.defaultPrevented).toBe(true);
  send("wheel", 5, 6, { deltaY: -3, deltaMode: 1 });
  send("wheel", 5, 6, { deltaY: 1e6, deltaMode: 0 });
  const factors = named("zoom").map(([, factor]) => Number(factor));
  expect(factors[0]).toBeCloseTo(Math.exp(0.16));
  expect(factors[1]).toBeCloseTo(Math.exp(-0.0768));
  expect(factors[2]).toBeCloseTo(Math.exp(0.384));
  expect(named("zoom")[0].slice(2)).toEqual([5, 6]);
});

test("a double click is reported with its place", () => {
  send("dblclick", 5, 6);
  expect(log).toEqual([["doubleClick", 5, 6]]);
});

test("no gesture is reported after listening stopped", () => {
  stop();
  send("pointermove", 5, 6);
  send("wheel", 5, 6, { deltaY: 100, deltaMode: 0 });
  expect(log).toEqual([]);
});
