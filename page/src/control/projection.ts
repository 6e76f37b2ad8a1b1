/** Asks for the projection that the state names, and hands its points to the map. */
import type { App } from "../app";
import type { Axis, Manifest, Method, MethodInfo, ProjectionRequest, ProjectionUpdate } from "../data/source";
import { findToken } from "../state/autocomplete";
import { NO_IDS, packIds, sameIds } from "../state/ids";
import { latestOnly } from "../state/latest";
import { requested } from "../state/projection-settings";
import { lastMoment, pointsAt } from "../state/timeline";
import type { Progress, State } from "../state/state";
import { axisTitles } from "../ui/axis-titles";
import { subscribe } from "../ui/subscribe";

export interface ProjectionControl {
  /** Stop the computation; what has been drawn stays. */
  readonly stop: () => void;
  /** Compute it again from another seed. */
  readonly again: () => void;
  /** Resolves when the first points of a projection are drawn, or when there will be none. */
  readonly firstPicture: Promise<void>;
}

/** Finished projections are kept, so that going back and forth between two takes no time. */
const KEPT = 6;
/** Those of a timeline are as many pictures as it has moments. */
const KEPT_TIMELINES = 2;

export function controlProjection(app: App): ProjectionControl {
  const finished = new Map<string, ProjectionUpdate>();
  const latest = latestOnly();
  /** The last request, null where it has failed, and the method that has. */
  let current: ProjectionRequest | null = null;
  let failed: Method | null = null;
  let pictured = () => {};
  const firstPicture = new Promise<void>((resolve) => (pictured = resolve));

  function show({ method, components }: ProjectionRequest, update: ProjectionUpdate): void {
    const { axisNames, explained, trust, recall, jitter, rotated, points, dims, moments } = update;
    if (points !== null) {
      const moment = Math.min(app.store.get().moment, moments - 1);
      app.map.setPoints(points, dims, app.session.get().points !== null, moment);
      const picture = { points, dims };
      app.session.set({ picture, points: { coordinates: pointsAt(picture, moment, app.tokens.n), dims } });
      pictured();
    }
    app.session.set({ projected: method, components, axisNames, explained, trust, recall, jitter, rotated });
  }

  function report(stage: string, running: boolean, more: Partial<Progress> = {}): void {
    app.store.set({ progress: { stage, running, overall: 0, leftS: null, before: 0, error: null, ...more } });
  }

  function run(request: ProjectionRequest): void {
    latest.stop();
    current = request;
    const key = JSON.stringify({ ...request, rows: packIds(request.rows) });
    const kept = finished.get(key);
    if (kept) {
      show(request, kept);
      report("done", false);
      return;
    }
    report("start", true);
    let last: ProjectionUpdate | null = null; // with points

    function step(update: ProjectionUpdate): void {
      if (update.before > 0) {
        report(update.stage, true, { before: update.before });
        return;
      }
      const isDone = update.stage === "done";
      if (update.points !== null) last = update;
      show(request, update);
      report(update.stage, !isDone, { overall: update.overall, leftS: update.leftS });
      if (!isDone) return;
      finished.set(key, { ...update, ...(last !== null && { points: last.points, moments: last.moments }) });
      if (finished.size > (lastMoment(app.source.manifest) > 0 ? KEPT_TIMELINES : KEPT))
        finished.delete(finished.keys().next().value!);
    }

    void latest.ask(
      (signal) => app.source.project(request, (update) => void (signal.aborted || step(update)), signal),
      {
        answer: () => {},
        failure(error) {
          [current, failed] = [null, request.method];
          report("stopped", false, { error: error.message });
          pictured();
        },
      },
    );
  }

  function askAgain(): void {
    if (app.session.get().isLive) return; // the picture is that of control/live.ts
    const request = requestOf(app.store.get(), (token) => findToken(app.tokens, token), app.source.manifest);
    if (request) run(request);
    else drawOther();
  }

  /** While custom axes are not complete: keep what is drawn, or draw another projection where there is none. */
  function drawOther(): void {
    const { manifest } = app.source;
    const state = app.store.get();
    const isAble = ({ method, missing, dims }: MethodInfo) =>
      method !== "axes" && method !== failed && missing === null && dims.includes(state.dims);
    const able = manifest.methods.filter(isAble).map(({ method }) => method);
    const method = [current?.method, manifest.start.method].find((each) => each && able.includes(each)) ?? able[0];
    if (method === undefined) return;
    const request = requestOf({ ...state, method }, () => null, manifest)!;
    const isThere = app.session.get().points !== null || state.progress.running;
    if (isThere && current?.dims === request.dims && sameIds(current.rows, request.rows)) return;
    run(request);
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      const isAnother =
        now.method !== before.method ||
        now.dims !== before.dims ||
        now.seed !== before.seed ||
        now.directions !== before.directions ||
        now.axesOf !== before.axesOf ||
        !haveSameNumbers(now, before) ||
        !sameIds(now.rows, before.rows) ||
        (now.method === "axes" && (now.axes !== before.axes || now.independent !== before.independent));
      if (isAnother) askAgain();
    }),
  );
  app.onDestroy(app.session.subscribe((now, before) => void (now.isLive !== before.isLive && askAgain())));
  app.onDestroy(latest.stop);
  subscribe(app, ["lang", "projected", "components", "axisNames", "explained"], () => {
    const titles = axisTitles(app, true);
    app.map.setAxes(titles.length ? titles : null);
  });
  askAgain();

  return {
    stop() {
      latest.stop();
      report("stopped", false);
      pictured();
    },
    again: () => app.store.set({ seed: app.store.get().seed + 1 }),
    firstPicture,
  };
}

/** Whether the method draws a map, whose axes mean nothing. */
function isMap(method: Method): boolean {
  return method === "umap" || method === "tsne";
}

function haveSameNumbers(a: State, b: State): boolean {
  const [one, other] = [a, b].map(({ settings, components }) => JSON.stringify([settings, components]));
  return one === other;
}

/** What to ask for; null while custom axes are not complete. */
export function requestOf(
  state: State,
  idOf: (token: string) => number | null,
  manifest: Manifest,
): ProjectionRequest | null {
  const { method, dims, seed, directions, axesOf } = state;
  const rows = manifest.drawsAnew ? state.rows : NO_IDS;
  const ofTimeline = lastMoment(manifest) > 0 && manifest.drawsAnew ? { directions, axesOf } : {};
  const more = { ...requested(manifest, method, dims, state), rows, ...ofTimeline };
  // Only maps start from random numbers; with a seed, equal projections of other methods would count as different.
  if (method !== "axes") return { method, dims, seed: isMap(method) ? seed : 0, axes: [], ...more };
  const axes: Axis[] = [];
  for (const [axis, { from, to }] of state.axes.slice(0, dims).entries()) {
    if (state.independent[axis] > 0) {
      axes.push({ independent: state.independent[axis] });
      continue;
    }
    const ends = [from, to].map((words) => words.split(/\s+/).filter(Boolean).map(idOf));
    if (ends.some((ids) => ids.length === 0 || ids.includes(null))) return null;
    axes.push({ from: ends[0] as number[], to: ends[1] as number[] });
  }
  return { method, dims, seed: 0, axes, ...more };
}
