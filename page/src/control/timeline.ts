/** Plays the timeline: tells the map which moment to show, and everything that reads or asks for one, which that is. */
import type { App } from "../app";
import type { State } from "../state/state";
import { NAMED } from "../state/focus";
import { lastMoment, played, pointsAt } from "../state/timeline";
import { subscribe } from "../ui/subscribe";

/** Questions about a moment are asked no more often than this, while moments pass. */
const ASK_MS = 250;
/** A jump glides, unless it follows another change so soon: a slider that is dragged is followed at once. */
const SOON_MS = 300;
const JUMP = 0.5;
/** A page that was hidden goes on from where it was. */
const MAX_STEP_S = 0.1;

export function controlTimeline(app: App): void {
  const { store, session, map } = app;
  const last = lastMoment(app.source.manifest);
  if (last === 0) return;
  controlMoment(app);
  play(app, last);
  subscribe(app, ["chosen", "compared", "trails", "neighbors", "lesson", "lessonName"], () => {
    const { chosen, compared, trails, lesson, lessonName } = store.get();
    const { neighbors } = session.get();
    const near = trails === "neighbors" ? (neighbors ?? []).slice(0, NAMED).map(({ id }) => id) : [];
    // The lesson follows two words, whatever the reader's choice is.
    if (lesson !== null && lessonName === "meaning") map.setTrails([chosen, compared].filter((id) => id !== null));
    else map.setTrails(chosen === null || trails === "none" ? [] : [chosen, ...near]);
  });
}

/** Map, lists and numbers are of the moment that the state names. */
export function controlMoment(app: App): void {
  const { store, session } = app;
  followMoment(app);
  const read = readMoment(app);
  app.onDestroy(
    session.subscribe(({ shownMoment }, before) => {
      if (shownMoment !== before.shownMoment && shownMoment !== null) readPoints(app, shownMoment);
    }),
  );
  app.onDestroy(store.subscribe((now, before) => void (now.moment !== before.moment && read())));
}

/** The coordinates that are read are those of this moment. */
export function readPoints({ session, tokens }: App, moment: number): void {
  const { picture } = session.get();
  if (picture === null) return;
  session.set({ points: { coordinates: pointsAt(picture, moment, tokens.n), dims: picture.dims } });
}

/** The map shows each moment that the state names. */
function followMoment(app: App): void {
  const { store, map } = app;
  let changedAt = -Infinity;
  const follow = (now: State, before: State) => {
    if (now.moment === before.moment) return;
    const time = performance.now();
    const isJump = Math.abs(now.moment - before.moment) >= JUMP && time - changedAt > SOON_MS;
    changedAt = time;
    map.setMoment(now.moment, isJump);
  };
  app.onDestroy(store.subscribe(follow));
}

/** What to call at each change: keeps the moment that lists and numbers are about, without asking too often. */
function readMoment(app: App): () => void {
  const { store, session } = app;
  let readAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function read(): void {
    clearTimeout(timer);
    const shownMoment = Math.round(store.get().moment);
    if (shownMoment === session.get().shownMoment) return;
    const wait = readAt + ASK_MS - performance.now();
    if (wait > 0) {
      timer = setTimeout(read, wait);
      return;
    }
    readAt = performance.now();
    session.set({ shownMoment });
  }
  app.onDestroy(() => clearTimeout(timer));
  return read;
}

/** The clock: moments pass while the state says so. */
function play(app: App, last: number): void {
  const { store, map } = app;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  let time = 0;
  let position = 0;
  let shown = NaN;

  function tick(now: number): void {
    // A frame may have begun before the click that started the clock.
    const seconds = Math.min(Math.max(now - time, 0) / 1000, MAX_STEP_S);
    time = now;
    const { moment, speed, loop } = store.get();
    if (moment !== shown) position = moment; // someone has moved it meanwhile
    if (!map.isGliding()) {
      const next = played(position, seconds, speed, loop, last);
      position = next.position;
      shown = Math.min(reduced.matches ? Math.floor(position) : position, last);
      store.set(next.isOver ? { moment: shown, playing: false } : { moment: shown });
    }
    if (store.get().playing) frame = requestAnimationFrame(tick);
  }

  function start(): void {
    cancelAnimationFrame(frame);
    shown = NaN;
    time = performance.now();
    if (store.get().playing) frame = requestAnimationFrame(tick);
  }

  app.onDestroy(store.subscribe((now, before) => void (now.playing !== before.playing && start())));
  app.onDestroy(() => cancelAnimationFrame(frame));
}
