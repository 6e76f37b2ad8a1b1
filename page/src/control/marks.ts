/** What stands out on the map: follows the state, once for all changes of a moment. */
import type { App } from "../app";
import type { State } from "../state/state";

export function controlMarks(app: App): void {
  let waiting = false;
  const mark = () => {
    waiting = false;
    const { chosen, hovered, selected, found, path, isolated } = app.store.get();
    const near = (app.findings.get().near ?? []).map(({ id }) => id);
    app.map.setMarks({ chosen, hovered, neighbors: near, selected, found, path, isolated });
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(mark);
  };
  const fields = ["chosen", "hovered", "selected", "found", "path", "isolated"] as const satisfies (keyof State)[];
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (fields.some((field) => now[field] !== before[field])) soon();
    }),
  );
  app.onDestroy(
    app.findings.subscribe((now, before) => {
      if (now.near !== before.near) soon();
    }),
  );
  mark();
}
