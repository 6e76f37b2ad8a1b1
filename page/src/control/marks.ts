/** The tokens that stand out on the map, sent to it once for all changes of a moment. */
import type { App } from "../app";
import type { State } from "../state/state";

const MARKED = [
  "chosen",
  "hovered",
  "cursor",
  "selected",
  "found",
  "path",
  "isolated",
] as const satisfies (keyof State)[];

export function controlMarks(app: App): void {
  let isQueued = false;
  const mark = () => {
    isQueued = false;
    const { chosen, cursor, selected, found, path, isolated, hovered: pointedAt } = app.store.get();
    const hovered = cursor ?? pointedAt;
    const neighbors = (app.session.get().neighbors ?? []).map(({ id }) => id);
    app.map.setMarks({ chosen, hovered, neighbors, selected, found, path, isolated });
  };
  const markSoon = () => {
    if (isQueued) return;
    isQueued = true;
    queueMicrotask(mark);
  };
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (MARKED.some((field) => now[field] !== before[field])) markSoon();
    }),
  );
  app.onDestroy(
    app.session.subscribe((now, before) => {
      if (now.neighbors !== before.neighbors) markSoon();
    }),
  );
  mark();
}
