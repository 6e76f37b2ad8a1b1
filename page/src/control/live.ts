/** Follows the training of a table: its pictures go to the map, and at its end the timeline takes their place. */
import type { App } from "../app";
import type { LiveUpdate } from "../data/source";
import { latestOnly } from "../state/latest";
import { hasPassedPart, share, wayMs } from "../state/live";
import { percent } from "../state/numbers";
import { lastMoment } from "../state/timeline";
import { errorText } from "../ui/errors";
import { leftText } from "../ui/progress";
import { locale } from "../ui/subscribe";

/** Vector and neighbors of the chosen token are read no more often than this. */
const READ_MS = 1000;
/** The time to the next picture is taken from so many before. */
const GAPS = 4;

/** `followMoments`: is called when the moments of the run are known. */
export function controlLive(app: App, followMoments: () => void): void {
  const { source, store, session } = app;
  const latest = latestOnly();
  const picture = newestPicture(app);
  const destroyed = new AbortController();
  const failure = (error: Error) => app.notify(errorText(store.get().lang, error.message));

  function show(update: LiveUpdate): void {
    const { training } = update;
    const before = session.get().training;
    session.set({ training });
    picture.show(update);
    if (training.state === "training" && before !== null && hasPassedPart(share(before), share(training)))
      app.announce(announced(app));
  }

  function follow(): void {
    const { dims } = store.get();
    void latest.ask((signal) => source.live(dims, (update) => void (signal.aborted || show(update)), signal), {
      answer: () => void end().catch(failure),
      failure,
    });
  }

  /** The page shows from now on what it would show if it were opened now. */
  async function end(): Promise<void> {
    const { state } = session.get().training!;
    if (state === "failed") return; // there is nothing else to show
    await source.reread();
    // A server that is being closed has no moments either.
    if (destroyed.signal.aborted || source.manifest.timeline!.live) return;
    picture.stop();
    stopChanges();
    const last = lastMoment(source.manifest);
    store.set({ moment: last });
    tellOfPicture(app, state === "interrupted");
    session.set({ isLive: false, shownMoment: last, norms: null });
    followMoments();
    const [norms, undirected] = await Promise.all([source.norms(), source.undirected()]);
    session.set({ norms, undirected });
  }

  const stopChanges = store.subscribe((now, before) => void (now.dims !== before.dims && follow()));
  app.onDestroy(stopChanges);
  app.onDestroy(latest.stop);
  app.onDestroy(picture.stop);
  app.onDestroy(() => destroyed.abort());
  follow();
}

function announced(app: App): string {
  const training = app.session.get().training!;
  const text = app.t("live.announced", { share: percent(locale(app), Math.floor(100 * share(training)) / 100) });
  return [text, leftText(app, training)].filter(Boolean).join(", ");
}

/**
 * Draws the newest picture when the browser draws: a page that was hidden goes on with the present, and what has piled up
 * meanwhile is not drawn.
 */
function newestPicture(app: App): { readonly show: (update: LiveUpdate) => void; readonly stop: () => void } {
  const { map, session } = app;
  let waiting: LiveUpdate | null = null;
  let frame = 0;
  let drawnAt: number | null = null;
  let gaps: readonly number[] = [];
  let readAt = -Infinity;

  function draw(): void {
    frame = 0;
    const { points: coordinates, dims } = waiting!;
    if (coordinates === null) return;
    const now = performance.now();
    if (drawnAt !== null) gaps = [...gaps, now - drawnAt].slice(-GAPS);
    map.followPoints(coordinates, dims, wayMs(gaps));
    drawnAt = now;
    session.set({ points: { coordinates, dims } });
    if (now - readAt < READ_MS) return;
    readAt = now;
    session.set({ reading: session.get().reading + 1 });
  }

  return {
    show(update) {
      if (update.points === null) return;
      waiting = update;
      if (frame === 0) frame = requestAnimationFrame(draw);
    },
    stop() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
  };
}

/** Say what has taken the place of the table in training, once it is drawn. */
function tellOfPicture(app: App, isInterrupted: boolean): void {
  const n = app.source.manifest.timeline!.moments.length;
  const stop = app.session.subscribe(({ picture }) => {
    if (picture === null || picture.points.length < n * app.tokens.n * picture.dims) return; // not of all moments yet
    stop();
    if (n < 2) app.notify(app.t("live.endedAlone"));
    else app.notify(app.t(isInterrupted ? "live.interrupted" : "live.ended", { n }));
  });
  app.onDestroy(stop);
}
