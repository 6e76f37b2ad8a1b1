/** Turns the events of mouse, pen and fingers into gestures on the map. */
import type { Tool } from "../state/state";
import { box } from "../state/area";

export interface Gestures {
  /** What a plain drag does. */
  tool(): Tool;
  /** Whether a plain drag of the tool "move" turns (3-D) or pans (2-D). */
  turns(): boolean;
  /** Pixels to the right and down. */
  turn(x: number, y: number): void;
  pan(x: number, y: number): void;
  /** Multiply the distance by `factor`, at a place. */
  zoom(factor: number, x: number, y: number): void;
  /** The pointer is over a place with no button down; null: it has left. */
  hover(place: { readonly x: number; readonly y: number } | null): void;
  click(x: number, y: number, add: boolean): void;
  doubleClick(x: number, y: number): void;
  /** The outline of the area that is being drawn, x and y interleaved; null: there is none any more. */
  area(outline: readonly number[] | null): void;
  /** An area was drawn to its end. */
  areaDone(outline: readonly number[], add: boolean): void;
  /** A button or finger went down, or the last one up. */
  held(isHeld: boolean): void;
}

interface Finger {
  x: number;
  y: number;
}

/** A pointer that moves less than this between down and up has clicked. */
const CLICK_PIXELS = 5;

/** Listen until the returned function is called. */
export function listen(element: HTMLElement, gestures: Gestures): () => void {
  const ends = new AbortController();
  const fingers = new Map<number, Finger>();
  let start: Finger | null = null;
  let clicking = false;
  let mode: "turn" | "pan" | "box" | "lasso" = "pan";
  let outline: number[] = [];

  const at = (event: MouseEvent): Finger => {
    const bounds = element.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  const adds = (event: MouseEvent) => event.shiftKey || event.ctrlKey || event.metaKey;
  const on = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void) =>
    element.addEventListener(name, listener, { signal: ends.signal, passive: false });

  function discardArea(): void {
    if (outline.length > 0) gestures.area(null);
    outline = [];
  }

  on("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    const place = at(event);
    fingers.set(event.pointerId, place);
    clicking = fingers.size === 1 && event.button === 0;
    if (fingers.size > 1) return discardArea();
    start = place;
    const tool = gestures.tool();
    if (event.button !== 0) mode = "pan";
    else if (tool !== "move") mode = tool;
    else mode = gestures.turns() && !event.shiftKey ? "turn" : "pan";
    gestures.held(true);
  });

  on("pointermove", (event) => {
    const place = at(event);
    const before = fingers.get(event.pointerId);
    if (before === undefined) return event.pointerType === "touch" ? undefined : gestures.hover(place);
    if (clicking && Math.hypot(place.x - start!.x, place.y - start!.y) < CLICK_PIXELS) return;
    clicking = false;
    if (fingers.size === 2) pinch(event.pointerId, before, place);
    else if (fingers.size === 1) drag(before, place);
    fingers.set(event.pointerId, place);
  });

  function drag(before: Finger, place: Finger): void {
    const [x, y] = [place.x - before.x, place.y - before.y];
    if (mode === "turn") gestures.turn(x, y);
    else if (mode === "pan") gestures.pan(x, y);
    else {
      if (mode === "box") outline = box(start!.x, start!.y, place.x, place.y);
      else outline = outline.length === 0 ? [start!.x, start!.y, place.x, place.y] : [...outline, place.x, place.y];
      gestures.area(outline);
    }
  }

  /** With two fingers, the middle between them pans and their distance zooms. */
  function pinch(moved: number, before: Finger, place: Finger): void {
    const [, other] = [...fingers].find(([id]) => id !== moved)!;
    const apart = (finger: Finger) => Math.max(Math.hypot(finger.x - other.x, finger.y - other.y), 1);
    gestures.pan((place.x - before.x) / 2, (place.y - before.y) / 2);
    gestures.zoom(apart(before) / apart(place), (place.x + other.x) / 2, (place.y + other.y) / 2);
  }

  on("pointerup", (event) => {
    const place = at(event);
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size > 0) return;
    gestures.held(false);
    if (clicking) gestures.click(place.x, place.y, adds(event));
    else if (outline.length > 0) {
      gestures.areaDone(outline, adds(event));
      discardArea();
    }
    clicking = false;
  });

  on("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    clicking = false;
    discardArea();
    if (fingers.size === 0) gestures.held(false);
  });

  on("pointerleave", () => gestures.hover(null));

  on("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    // A pinch on a touchpad arrives as a wheel event with Ctrl and small steps.
    const step = Math.min(Math.max(event.deltaY * lines * (event.ctrlKey ? 8 : 1), -240), 240);
    gestures.zoom(Math.exp(step * 0.0016), x, y);
  });

  on("dblclick", (event) => {
    const { x, y } = at(event);
    gestures.doubleClick(x, y);
  });

  on("contextmenu", (event) => event.preventDefault());
  return () => ends.abort();
}
