/** Keyboard: all that the mouse can do, and moving from token to token. */
import type { App } from "../app";
import { orbit, pan, zoom } from "../state/camera";
import { NO_ANALOGY } from "../state/state";
import { type Direction, shortcut, type Shortcut } from "../state/shortcuts";
import { momentsOf } from "../state/timeline";
import { unitStep } from "../state/nearest-in-direction";
import { fit, lookFrom, resetView, showDims } from "../ui/actions";
import { showLayout, showTable } from "../ui/comparison/actions";
import { step, togglePlaying } from "../ui/timeline/actions";
import { chooseOrCenter, moveCursor, toggleSelected } from "./map-cursor";

const ZOOM = 1.25;
const PAN_PIXELS = 80;
const TURN = 0.2;

/** Only on the map; elsewhere arrow keys scroll, and Enter and Space press buttons. */
const ON_MAP = /^(to|add)-|^(choose|select|play-on-map)$/;
const OF_TIMELINE = /^(play|play-on-map|previous|next)$/;
const OF_COMPARISON = /^(map-layout|other-map|previous|next)$/;

export function controlKeyboard(app: App, root: HTMLElement): void {
  const { store } = app;
  const map = root.querySelector<HTMLElement>(".map")!;

  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || !isInPage(root, event.target as Element) || isTyping(event.target as Element)) return;
    const pressed = shortcut(event);
    if (pressed === null) return;
    const isOnMap = map.contains(event.target as Element) || !root.contains(event.target as Element);
    if (ON_MAP.test(pressed) && !isOnMap) return;
    if (run(pressed)) event.preventDefault();
  };

  /** False if there was nothing to do. */
  function run(pressed: Shortcut): boolean {
    if (OF_COMPARISON.test(pressed) && app.source.manifest.comparison) return comparisonKey(app, pressed);
    else if (OF_TIMELINE.test(pressed)) return playerKey(app, pressed);
    else if (pressed.startsWith("to-")) moveCursor(app, pressed.slice(3) as Direction, false);
    else if (pressed.startsWith("add-")) moveCursor(app, pressed.slice(4) as Direction, true);
    else if (pressed.startsWith("pan-")) panOrTurn(app, pressed.slice(4) as Direction);
    else if (pressed === "search") search(root);
    else if (pressed === "dims2") showDims(app, 2);
    else if (pressed === "dims3") showDims(app, 3);
    else if (pressed === "reset") resetView(app);
    else if (pressed === "fit") fit(app);
    else if (pressed === "labels") store.set({ labels: !store.get().labels });
    else if (pressed === "help") root.querySelector<HTMLElement>(".opens-help")?.click();
    else if (pressed === "choose") return chooseOrCenter(app);
    else if (pressed === "select") return toggleSelected(app);
    else if (pressed === "closer") zoomBy(app, 1 / ZOOM);
    else if (pressed === "farther") zoomBy(app, ZOOM);
    else if (pressed === "escape") return escape(app, root);
    else if (OF_COMPARISON.test(pressed)) return false;
    else store.set({ tool: pressed as "move" | "box" | "lasso" });
    return true;
  }

  const { ownerDocument } = root;
  ownerDocument.addEventListener("keydown", press);
  app.onDestroy(() => ownerDocument.removeEventListener("keydown", press));
  // Who takes the mouse points with it from then on.
  map.addEventListener("pointermove", () => store.set({ cursor: null }));
}

/** Keys outside the page count only where the page fills the window. */
function isInPage(root: HTMLElement, target: Element): boolean {
  if (root.contains(target)) return target.closest("dialog") === null;
  const { ownerDocument, clientWidth, clientHeight } = root;
  const { innerWidth, innerHeight } = ownerDocument.defaultView!;
  return target === ownerDocument.body && clientWidth >= innerWidth && clientHeight >= innerHeight;
}

function isTyping(target: Element): boolean {
  if (target.closest("textarea, select, [contenteditable=''], [contenteditable='true']")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

function playerKey(app: App, pressed: Shortcut): boolean {
  if (momentsOf(app.source.manifest).length === 0) return false;
  if (pressed === "next") step(app, 1);
  else if (pressed === "previous") step(app, -1);
  else togglePlaying(app);
  return true;
}

/** Another layout; the other of two maps, or the other table on one map. */
function comparisonKey(app: App, pressed: Shortcut): boolean {
  const { mapLayout } = app.store.get();
  const { names } = app.source.manifest.comparison!;
  if (pressed === "map-layout") {
    showLayout(app, mapLayout === "beside" ? "one" : "beside");
    return true;
  }
  if (mapLayout === "one") showTable(app, pressed === "other-map" ? null : pressed === "next" ? 1 : 0);
  else if (pressed === "other-map") app.pair?.changeLeader();
  else return false;
  app.announce(names[mapLayout === "one" ? Math.round(app.store.get().moment) : (app.pair?.leader ?? 1)]);
  return true;
}

function search(root: HTMLElement): void {
  const field = root.querySelector<HTMLInputElement>(".search-input");
  root.querySelector<HTMLElement>("[data-opens=right][aria-expanded=false]")?.click();
  field?.focus();
  field?.select();
}

/**
 * Close or reset one thing at each press: an open sheet, then the tool, the token of the arrow keys, the chosen one, the
 * analogy.
 */
function escape(app: App, root: HTMLElement): boolean {
  const sheet = root.querySelector<HTMLElement>("[data-narrow] .tab[aria-expanded=true]");
  const { tool, chosen, cursor, analogy } = app.store.get();
  if (sheet) sheet.click();
  else if (tool !== "move") app.store.set({ tool: "move" });
  else if (cursor !== null) app.store.set({ cursor: null });
  else if (chosen !== null) app.choose(null);
  else if (analogy[0] !== null && analogy[1] !== null)
    app.store.set({ analogy: NO_ANALOGY }); // it has an arrow
  else return false;
  return true;
}

/** In 2-D the view moves that way, in 3-D the points turn that way. */
function panOrTurn(app: App, direction: Direction): void {
  const camera = app.map.getCamera();
  const { clientWidth, clientHeight } = app.map.viewport;
  const [right, down] = unitStep(direction);
  const next =
    app.store.get().dims === 3
      ? orbit(camera, right * TURN, down * TURN)
      : pan(camera, -right * PAN_PIXELS, -down * PAN_PIXELS, clientWidth, clientHeight);
  lookFrom(app, next);
}

function zoomBy(app: App, factor: number): void {
  const { clientWidth, clientHeight } = app.map.viewport;
  lookFrom(app, zoom(app.map.getCamera(), factor, clientWidth / 2, clientHeight / 2, clientWidth, clientHeight));
}
