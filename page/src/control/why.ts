/** Asks why the two tokens of the state are near, and for the axes of the table where they are wanted. */
import type { App } from "../app";
import type { OnProgress } from "../data/why";
import { latestOnly } from "../state/latest";
import { type Asked, axesOf, type Explanation, NOT_ASKED } from "../state/why";
import { hasIndependentAxes } from "../state/independent-axes";
import { subscribe } from "../ui/subscribe";

export function controlWhy(app: App): void {
  const { source, store, session } = app;
  const { explains } = source.manifest;
  if (explains === null) return;
  const [why, evidence, axes] = [latestOnly(), latestOnly(), latestOnly()];

  function put<K extends keyof Explanation>(name: K, asked: Explanation[K]): void {
    session.set({ explanation: { ...session.get().explanation, [name]: asked } });
  }

  /** Ask `question`, and put how far it is and what becomes of it under `name`. */
  function ask<K extends keyof Explanation>(
    name: K,
    latest: typeof why,
    question: (onProgress: OnProgress, signal: AbortSignal) => Promise<NonNullable<Explanation[K]["answer"]>>,
    then: (answer: NonNullable<Explanation[K]["answer"]>) => void = () => {},
  ): void {
    const set = (asked: Asked<NonNullable<Explanation[K]["answer"]>>) => put(name, asked as Explanation[K]);
    set({ ...NOT_ASKED, progress: { before: 0, done: 0 } });
    void latest.ask(
      (signal) =>
        question((before, done) => {
          if (!signal.aborted) set({ ...NOT_ASKED, progress: { before, done } });
        }, signal),
      {
        answer(answer) {
          set({ ...NOT_ASKED, answer });
          then(answer);
        },
        failure: (error) => set({ ...NOT_ASKED, error: error.message }),
      },
    );
  }

  subscribe(app, ["pair", "isLive"], () => {
    const { pair } = store.get();
    why.stop();
    evidence.stop();
    put("why", NOT_ASKED);
    put("evidence", NOT_ASKED);
    if (pair === null || session.get().isLive) return;
    ask(
      "why",
      why,
      (onProgress, signal) => source.why(pair[0], pair[1], onProgress, signal),
      (answer) => {
        axes.stop();
        put("axes", { ...NOT_ASKED, answer: axesOf(answer) });
      },
    );
    if (explains.text !== null)
      ask("evidence", evidence, (onProgress, signal) => source.evidence(pair[0], pair[1], onProgress, signal));
  });

  subscribe(app, ["wantsAxes", "method", "independent", "isLive"], () => {
    const { method, independent } = store.get();
    const { wantsAxes, explanation, isLive } = session.get();
    const areDrawn = method === "axes" && independent.some(Boolean);
    if (isLive || !hasIndependentAxes(source.manifest) || !(wantsAxes || areDrawn)) return;
    if (explanation.axes.answer !== null || explanation.axes.progress !== null) return;
    ask("axes", axes, (onProgress, signal) => source.independentAxes(onProgress, signal));
  });

  for (const latest of [why, evidence, axes]) app.onDestroy(latest.stop);
}
