/** The tokens that stand out on the map, sent to it once for all changes of a moment. */
import type { App, SessionData } from "../app";
import { type Focus, focusOf } from "../state/focus";
import type { State } from "../state/state";
import { LOCALES } from "../ui/i18n";

const MARKED = [
  "chosen",
  "hovered",
  "cursor",
  "selected",
  "found",
  "path",
  "isolated",
] as const satisfies (keyof State)[];
const OF_FOCUS = ["chosen", "lesson", "colorBy", "metric", "analogy", "lang"] as const satisfies (keyof State)[];
const FETCHED = ["neighbors", "firstNeighbors", "answer"] as const satisfies (keyof SessionData)[];

export function controlMarks(app: App): void {
  const { hasVectors } = app.source.manifest;
  let isQueued = false;
  // Made again only when it changes: the map compares it with what it has, and the pointer moves often.
  let focus: Focus | null = null;
  let firstFocus: Focus | null = null;
  const isComparison = app.source.manifest.comparison !== null;

  const mark = () => {
    isQueued = false;
    const state = app.store.get();
    const { neighbors, firstNeighbors, answer } = app.session.get();
    const focusWith = (near: typeof neighbors) => focusOf(state, near, answer, hasVectors, LOCALES[state.lang]);
    focus ??= focusWith(neighbors);
    const { chosen, cursor, hovered, selected, found, path, isolated } = state;
    const marks = { chosen, hovered: cursor ?? hovered, selected, found, path, isolated };
    if (!isComparison) return app.map.setMarks({ ...marks, ...focus });
    firstFocus ??= focusWith(firstNeighbors);
    app.map.setMarks({ ...marks, ...focus }, { ...marks, ...firstFocus });
  };
  const markSoon = () => {
    if (isQueued) return;
    isQueued = true;
    queueMicrotask(mark);
  };
  const refocus = () => {
    focus = firstFocus = null;
    markSoon();
  };
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (OF_FOCUS.some((field) => now[field] !== before[field])) refocus();
      else if (MARKED.some((field) => now[field] !== before[field])) markSoon();
    }),
  );
  app.onDestroy(
    app.session.subscribe((now, before) => {
      if (FETCHED.some((field) => now[field] !== before[field])) refocus();
    }),
  );
  mark();
}
