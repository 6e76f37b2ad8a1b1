/** The neighbors of the chosen token, in the original space. */
import type { App } from "../app";
import { countScripts } from "../data/scripts";
import { latestOnly } from "../state/latest";
import type { State } from "../state/state";
import { aboutMoment, hasVectorsOfAll } from "../state/timeline";
import { errorText, saysNoDirection } from "../ui/errors";
import { isUndirected } from "../ui/undirected";
import { controlComparedNeighbors } from "./compared-neighbors";

const ASKED = ["chosen", "k", "metric", "script"] as const satisfies (keyof State)[];

export function controlNeighbors(app: App): void {
  if (app.source.manifest.comparison) return controlComparedNeighbors(app);
  const latest = latestOnly();
  let counting: ReturnType<typeof setTimeout> | undefined;

  /** Count scripts when a token is chosen for the first time, after the question about it has left. */
  function countOnce(): void {
    counting ??= setTimeout(() => {
      app.session.set({ scripts: countScripts(app.tokens, app.source.manifest.special) });
    });
  }

  /** `keeps`: the old neighbors stay until the new ones are there. */
  function ask(keeps = false): void {
    const { chosen, k, metric, script } = app.store.get();
    const { shownMoment, lengths } = app.session.get();
    latest.stop();
    if (!keeps) app.session.set({ neighbors: null });
    if (chosen === null || !app.source.manifest.hasVectors) return;
    countOnce();
    // Of a timeline the lengths at all moments say first when the token has a direction.
    if (hasVectorsOfAll(app.source.manifest) && lengths === null) return;
    if (isUndirected(app, chosen)) return app.session.set({ neighbors: [] });
    const at = aboutMoment(app.source.manifest, shownMoment);
    const request = { positive: [chosen], negative: [], k, metric, ...at, ...(script !== null && { script }) };
    void latest.ask((signal) => app.source.nearest(request, signal), {
      answer: (neighbors) => app.session.set({ neighbors }),
      failure(error) {
        if (saysNoDirection(error.message)) app.session.set({ neighbors: [] });
        else app.notify(errorText(app.store.get().lang, error.message));
      },
    });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (ASKED.some((field) => now[field] !== before[field])) ask();
    }),
  );
  app.onDestroy(
    app.session.subscribe(({ norms, lengths, shownMoment, reading }, before) => {
      // A table in training may change faster than it answers.
      if (reading !== before.reading && !latest.isAsking()) ask(true);
      if (shownMoment !== before.shownMoment && hasVectorsOfAll(app.source.manifest)) ask(true);
      const { chosen } = app.store.get();
      if (lengths !== before.lengths) ask();
      else if (norms !== before.norms && chosen !== null && isUndirected(app, chosen)) ask();
    }),
  );
  app.onDestroy(latest.stop);
  app.onDestroy(() => clearTimeout(counting));
  ask();
}
