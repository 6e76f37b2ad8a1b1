/** Which tokens are of most use to the reader: where nothing is counted, another language has another order. */
import type { App } from "../app";
import { latestOnly } from "../state/latest";
import { errorText } from "../ui/errors";

export function controlImportance(app: App): void {
  const latest = latestOnly();
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.lang === before.lang || app.source.manifest.hasCounts) return;
      void latest.ask(() => app.source.importance(now.lang), {
        answer(importance) {
          app.session.set({ importance });
          app.map.setImportance(importance);
        },
        failure: (error) => app.notify(errorText(app.store.get().lang, error.message)),
      });
    }),
  );
  app.onDestroy(latest.stop);
}
