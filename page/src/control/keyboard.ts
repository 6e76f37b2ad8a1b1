/** Keys: the same as the mouse can do, and walking from token to token. */
import type { App } from "../app";
import { orbit, pan, zoom } from "../state/camera";
import { type Direction, shortcut, type Shortcut } from "../state/shortcuts";
import { probes, type Place, step, nearestInDirection } from "../state/nearest-in-direction";
import { fit, lookFrom, resetView, showDims } from "../ui/actions";

const ZOOM = 1.25;
const PAN_PIXELS = 80;
const TURN = 0.2;

/** These belong to the map; elsewhere arrow keys scroll and Enter presses buttons. */
const ON_MAP = /^(to|pan)-|^center$/;

export function controlKeyboard(app: App, root: HTMLElement): void {
  const { store } = app;
  const map = root.querySelector<HTMLElement>(".map")!;

  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || !isOurs(root, event.target as Element) || isTyping(event.target as Element)) return;
    const asked = shortcut(event);
    if (asked === null) return;
    const isOnMap = map.contains(event.target as Element) || !root.contains(event.target as Element);
    if (ON_MAP.test(asked) && !isOnMap) return;
    if (run(asked)) event.preventDefault();
  };

  /** Whether there was something to do. */
  function run(asked: Shortcut): boolean {
    if (asked.startsWith("to-")) walk(app, asked.slice(3) as Direction);
    else if (asked.startsWith("pan-")) glide(app, asked.slice(4) as Direction);
    else if (asked === "search") search(root);
    else if (asked === "dims2") showDims(app, 2);
    else if (asked === "dims3") showDims(app, 3);
    else if (asked === "reset") resetView(app);
    else if (asked === "fit") fit(app);
    else if (asked === "labels") store.set({ labels: !store.get().labels });
    else if (asked === "help") root.querySelector<HTMLElement>(".opens-help")?.click();
    else if (asked === "center") return center(app);
    else if (asked === "closer") approach(app, 1 / ZOOM);
    else if (asked === "farther") approach(app, ZOOM);
    else if (asked === "escape") return escape(app, root);
    else store.set({ tool: asked as "move" | "box" | "lasso" });
    return true;
  }

  const { ownerDocument } = root;
  ownerDocument.addEventListener("keydown", press);
  app.onDestroy(() => ownerDocument.removeEventListener("keydown", press));
}

/** Keys that nobody has go to us only where the page is all there is. */
function isOurs(root: HTMLElement, target: Element): boolean {
  if (root.contains(target)) return target.closest("dialog") === null;
  const { ownerDocument, clientWidth, clientHeight } = root;
  const { innerWidth, innerHeight } = ownerDocument.defaultView!;
  return target === ownerDocument.body && clientWidth >= innerWidth && clientHeight >= innerHeight;
}

function isTyping(target: Element): boolean {
  if (target.closest("textarea, select, [contenteditable=''], [contenteditable='true']")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

function search(root: HTMLElement): void {
  const field = root.querySelector<HTMLInputElement>(".search-input");
  root.querySelector<HTMLElement>("[data-opens=right][aria-expanded=false]")?.click();
  field?.focus();
  field?.select();
}

/** One thing a press: an open sheet, then the tool, then the chosen token. */
function escape(app: App, root: HTMLElement): boolean {
  const sheet = root.querySelector<HTMLElement>("[data-narrow] .tab[aria-expanded=true]");
  const { tool, chosen } = app.store.get();
  if (sheet) sheet.click();
  else if (tool !== "move") app.store.set({ tool: "move" });
  else if (chosen !== null) app.choose(null);
  else return false;
  return true;
}

/** To the nearest on the screen of the chosen token's neighbors; else to whatever lies there. */
function walk(app: App, direction: Direction): void {
  const { chosen, isolated, selected } = app.store.get();
  const drawn = isolated ? new Set(selected) : null;
  const isDrawn = (id: number) => drawn === null || drawn.has(id);
  const from = chosen === null ? null : app.map.place(chosen);
  if (chosen === null || from === null) {
    const first = app.importance.find(isDrawn);
    if (first !== undefined) app.choose(first, true);
    return;
  }
  const { clientWidth, clientHeight } = app.map.element;
  const isSeen = ({ x, y }: { x: number; y: number }) => x >= 0 && y >= 0 && x <= clientWidth && y <= clientHeight;
  const neighbors: Place[] = (app.session.get().neighbors ?? []).flatMap(({ id }) => {
    const place = isDrawn(id) ? app.map.place(id) : null;
    return place && isSeen(place) ? [{ id, ...place }] : [];
  });
  let next = nearestInDirection(direction, from, neighbors);
  for (const place of next === null ? probes(direction, from, Math.max(clientWidth, clientHeight)) : []) {
    const id = isSeen(place) ? app.map.pick(place.x, place.y) : null;
    if (id === null || id === chosen) continue;
    next = id;
    break;
  }
  if (next !== null) app.choose(next, true);
}

/** Shift and an arrow: in 2-D the eye moves that way, in 3-D the points turn that way. */
function glide(app: App, direction: Direction): void {
  const camera = app.map.getCamera();
  const { clientWidth, clientHeight } = app.map.element;
  const [right, down] = step(direction);
  const next =
    app.store.get().dims === 3
      ? orbit(camera, right * TURN, down * TURN)
      : pan(camera, -right * PAN_PIXELS, -down * PAN_PIXELS, clientWidth, clientHeight);
  lookFrom(app, next);
}

function approach(app: App, factor: number): void {
  const { clientWidth, clientHeight } = app.map.element;
  lookFrom(app, zoom(app.map.getCamera(), factor, clientWidth / 2, clientHeight / 2, clientWidth, clientHeight));
}

function center(app: App): boolean {
  const { chosen } = app.store.get();
  if (chosen === null) return false;
  const [x, y, z] = app.map.coordinates().subarray(3 * chosen, 3 * chosen + 3);
  lookFrom(app, { ...app.map.getCamera(), target: [x, y, z] });
  return true;
}
