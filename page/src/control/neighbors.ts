/** The neighbours of the chosen token, in the original space. The last question wins. */
import type { App } from "../app";

export function controlNear(app: App): void {
  let asked: AbortController | null = null;

  async function ask(): Promise<void> {
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    const { chosen } = app.store.get();
    const { k, metric } = app.findings.get();
    app.findings.set({ near: null });
    if (chosen === null || !app.source.manifest.hasVectors) return;
    try {
      const near = await app.source.nearest({ positive: [chosen], negative: [], k, metric }, mine.signal);
      if (!mine.signal.aborted) app.findings.set({ near });
    } catch (error) {
      if (!mine.signal.aborted) app.notify((error as Error).message);
    }
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.chosen !== before.chosen) void ask();
    }),
  );
  app.onDestroy(
    app.findings.subscribe((now, before) => {
      if (now.k !== before.k || now.metric !== before.metric) void ask();
    }),
  );
  app.onDestroy(() => asked?.abort());
  void ask();
}
