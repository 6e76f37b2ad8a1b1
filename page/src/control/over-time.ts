/** What happened to the chosen token over time: the length of its vector, and its similarity to another token. */
import type { App } from "../app";
import { latestOnly } from "../state/latest";
import { hasVectorsOfAll } from "../state/timeline";
import { errorText, saysNoDirection } from "../ui/errors";
import { subscribe } from "../ui/subscribe";

export function controlOverTime(app: App): void {
  const { source, store, session } = app;
  if (!hasVectorsOfAll(source.manifest)) return;
  const lengths = latestOnly();
  const meeting = latestOnly();
  const failure = (error: Error) => {
    if (!saysNoDirection(error.message)) app.notify(errorText(store.get().lang, error.message));
  };

  subscribe(app, ["chosen"], () => {
    const { chosen } = store.get();
    lengths.stop();
    session.set({ lengths: null });
    if (chosen === null) return;
    void lengths.ask((signal) => source.overTime(chosen, null, signal), {
      answer: (values) => session.set({ lengths: values }),
      failure,
    });
  });

  app.onDestroy(lengths.stop);
  if (source.manifest.comparison) return; // two moments are no curve

  /** The token that was asked for, else the nearest at the end. */
  async function other(chosen: number, signal: AbortSignal): Promise<number | null> {
    const { compared } = store.get();
    if (compared !== null && compared !== chosen) return compared;
    const { norms } = session.get();
    if (norms !== null && !(norms[chosen] > 0)) return null; // nothing is near to it
    const request = { positive: [chosen], negative: [], k: 1, metric: "cosine" } as const;
    const [nearest] = await source.nearest(request, signal);
    return nearest?.id ?? null;
  }

  subscribe(app, ["chosen", "compared"], () => {
    const { chosen } = store.get();
    meeting.stop();
    session.set({ meeting: null });
    if (chosen === null) return;
    const question = async (signal: AbortSignal) => {
      const id = await other(chosen, signal);
      return id === null ? null : { id, similarities: await source.overTime(chosen, id, signal) };
    };
    void meeting.ask(question, { answer: (found) => session.set({ meeting: found }), failure });
  });
  app.onDestroy(meeting.stop);
}
