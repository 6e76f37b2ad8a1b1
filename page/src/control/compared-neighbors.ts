/** The neighbors of the chosen token in both tables that are compared, in the original space. */
import type { App } from "../app";
import type { Neighbor } from "../data/source";
import { latestOnly } from "../state/latest";
import type { State } from "../state/state";
import { hasVectorsOfAll } from "../state/timeline";
import { errorText, saysNoDirection } from "../ui/errors";
import { hasNoDirection } from "../ui/undirected";

const ASKED = ["chosen", "k", "metric", "script"] as const satisfies (keyof State)[];
const NONE: readonly Neighbor[] = [];

export function controlComparedNeighbors(app: App): void {
  const { source, store, session } = app;
  const latest = latestOnly();

  /** A table that lacks the token has no length of it either. */
  async function near(id: number, side: 0 | 1, signal: AbortSignal): Promise<readonly Neighbor[]> {
    const { k, metric, script } = store.get();
    if (hasNoDirection(session.get().lengths![side], metric)) return NONE;
    const request = { positive: [id], negative: [], k, metric, moment: side, ...(script !== null && { script }) };
    try {
      return await source.nearest(request, signal);
    } catch (error) {
      if (saysNoDirection((error as Error).message)) return NONE; // a row with infinity has a length
      throw error;
    }
  }

  function ask(): void {
    const { chosen } = store.get();
    latest.stop();
    session.set({ neighbors: null, firstNeighbors: null });
    const { comparison, lengths } = session.get();
    if (chosen === null || comparison === null || lengths === null || !hasVectorsOfAll(source.manifest)) return;
    void latest.ask((signal) => Promise.all([near(chosen, 0, signal), near(chosen, 1, signal)]), {
      answer: ([firstNeighbors, neighbors]) => session.set({ firstNeighbors, neighbors }),
      failure: (error) => app.notify(errorText(store.get().lang, error.message)),
    });
  }

  app.onDestroy(
    store.subscribe((now, before) => {
      if (ASKED.some((field) => now[field] !== before[field])) ask();
    }),
  );
  app.onDestroy(
    session.subscribe((now, before) => {
      if (now.comparison !== before.comparison || now.lengths !== before.lengths) ask();
    }),
  );
  app.onDestroy(latest.stop);
  ask();
}
