/** The neighbors of the chosen token, in the original space. */
import type { App } from "../app";
import { latestOnly } from "../state/latest";
import { errorText } from "../ui/errors";

export function controlNeighbors(app: App): void {
  const latest = latestOnly();

  function ask(): void {
    const { chosen, k, metric } = app.store.get();
    latest.stop();
    app.session.set({ neighbors: null });
    if (chosen === null || !app.source.manifest.hasVectors) return;
    void latest.ask((signal) => app.source.nearest({ positive: [chosen], negative: [], k, metric }, signal), {
      answer: (neighbors) => app.session.set({ neighbors }),
      failure: (error) => app.notify(errorText(app.store.get().lang, error.message)),
    });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.chosen !== before.chosen || now.k !== before.k || now.metric !== before.metric) ask();
    }),
  );
  app.onDestroy(latest.stop);
  ask();
}
