/** The neighbors of the chosen token, in the original space. */
import type { App } from "../app";
import { latestOnly } from "../state/latest";
import { aboutMoment, hasVectorsOfAll } from "../state/timeline";
import { errorText } from "../ui/errors";

export function controlNeighbors(app: App): void {
  const latest = latestOnly();

  /** `keeps`: the old neighbors stay until the new ones are there. */
  function ask(keeps = false): void {
    const { chosen, k, metric } = app.store.get();
    const { shownMoment } = app.session.get();
    latest.stop();
    if (!keeps) app.session.set({ neighbors: null });
    if (chosen === null || !app.source.manifest.hasVectors) return;
    if (isUndirected(app, chosen)) return app.session.set({ neighbors: [] });
    const at = aboutMoment(app.source.manifest, shownMoment);
    void latest.ask((signal) => app.source.nearest({ positive: [chosen], negative: [], k, metric, ...at }, signal), {
      answer: (neighbors) => app.session.set({ neighbors }),
      failure: (error) => app.notify(errorText(app.store.get().lang, error.message)),
    });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.chosen !== before.chosen || now.k !== before.k || now.metric !== before.metric) ask();
    }),
  );
  app.onDestroy(
    app.session.subscribe(({ norms, lengths, shownMoment, reading }, before) => {
      // A table in training may change faster than it answers.
      if (reading !== before.reading && !latest.isAsking()) ask(true);
      if (shownMoment !== before.shownMoment && hasVectorsOfAll(app.source.manifest)) ask(true);
      const { chosen } = app.store.get();
      const areKnown = norms !== before.norms || lengths !== before.lengths;
      if (areKnown && chosen !== null && isUndirected(app, chosen)) ask();
    }),
  );
  app.onDestroy(latest.stop);
  ask();
}

/** Whether nothing is near to the chosen token: its vector holds NaN or infinity, or is all zeros: no direction. */
function isUndirected(app: App, id: number): boolean {
  const { norms, lengths, shownMoment } = app.session.get();
  const norm = hasVectorsOfAll(app.source.manifest) ? lengths?.[shownMoment!] : norms?.[id];
  return norm !== undefined && (Number.isNaN(norm) || (norm === 0 && app.store.get().metric === "cosine"));
}
