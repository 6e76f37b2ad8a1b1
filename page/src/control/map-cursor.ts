/** The token that the arrow keys have reached: choosing and selecting on the map without a mouse. */
import type { App } from "../app";
import { toggled, union } from "../state/ids";
import { nearestInDirection, type Place, probes } from "../state/nearest-in-direction";
import type { Direction } from "../state/shortcuts";
import type { State } from "../state/state";
import { lookAt } from "../ui/actions";
import { spoken } from "../ui/chosen-summary";

/** A token nearer to the edge of the map than this, in CSS pixels, is brought to its middle. */
const MARGIN = 24;

/** Where the keys are: at the token that they have reached, else at the chosen one. */
function cursorOf({ cursor, chosen }: State): number | null {
  return cursor ?? chosen;
}

/** To the next token in that direction, neighbors of the chosen one first. `adds`: both become selected. */
export function moveCursor(app: App, direction: Direction, adds: boolean): void {
  const from = cursorOf(app.store.get());
  const to = nextToken(app, from, direction);
  if (to === null) return;
  app.store.set({ cursor: to });
  if (!isWellInView(app, to)) lookAt(app, to);
  if (!adds) {
    app.announce(spoken(app, app.tokens.token(to)));
    return;
  }
  const both = Uint32Array.from(from === null ? [to] : [from, to]).sort();
  app.store.set({ selected: union(app.store.get().selected, both) });
}

/** Choose the token that the keys have reached; when it is chosen already, center it. False where there is none. */
export function chooseOrCenter(app: App): boolean {
  const { cursor, chosen } = app.store.get();
  const id = cursor ?? chosen;
  if (id === null) return false;
  app.store.set({ cursor: null });
  if (id === chosen) return lookAt(app, id);
  app.choose(id);
  return true;
}

/** Add the token that the keys have reached to the selection, or remove it. False where there is none. */
export function toggleSelected(app: App): boolean {
  const id = cursorOf(app.store.get());
  if (id === null) return false;
  app.store.set({ selected: toggled(app.store.get().selected, id) });
  return true;
}

/** The nearest on the screen of the chosen token's neighbors; else any token in that direction; else an outlier there. */
function nextToken(app: App, from: number | null, direction: Direction): number | null {
  const isShown = shownTest(app.store.get());
  const start = from === null ? null : app.map.place(from);
  if (from === null || start === null)
    return app.importance.find((id) => isShown(id) && (from === null || app.map.place(id) !== null)) ?? null;
  const { clientWidth, clientHeight } = app.map.viewport;
  const isVisible = ({ x, y }: { x: number; y: number }) => x >= 0 && y >= 0 && x <= clientWidth && y <= clientHeight;
  const { chosen } = app.store.get();
  const near = [...(chosen === null ? [] : [chosen]), ...(app.session.get().neighbors ?? []).map(({ id }) => id)];
  const neighbors: Place[] = near.flatMap((id) => {
    const place = id !== from && isShown(id) ? app.map.place(id) : null;
    return place && isVisible(place) ? [{ id, ...place }] : [];
  });
  const next = nearestInDirection(direction, start, neighbors);
  if (next !== null) return next;
  for (const place of probes(direction, start, Math.max(clientWidth, clientHeight))) {
    const id = isVisible(place) ? app.map.pick(place.x, place.y) : null;
    if (id !== null && id !== from) return id;
  }
  return nearestInDirection(direction, start, app.map.stats().edgeMarks);
}

/** Whether a token is in the picture: not outside of an isolated selection, or of one that is projected alone. */
function shownTest({ isolated, selected, rows }: State): (id: number) => boolean {
  const groups = [...(isolated ? [selected] : []), ...(rows.length ? [rows] : [])].map((ids) => new Set(ids));
  return (id) => groups.every((group) => group.has(id));
}

function isWellInView(app: App, id: number): boolean {
  const place = app.map.place(id);
  const { clientWidth, clientHeight } = app.map.viewport;
  if (place === null) return false;
  const { x, y } = place;
  return x > MARGIN && y > MARGIN && x < clientWidth - MARGIN && y < clientHeight - MARGIN;
}
