/** Asks for the projection that the state names, and hands its points to the map. */
import type { App } from "../app";
import type { Axis, Manifest, Method, ProjectionRequest, ProjectionUpdate } from "../data/source";
import { findToken } from "../state/autocomplete";
import { NO_IDS, packIds, sameIds } from "../state/ids";
import { latestOnly } from "../state/latest";
import { requested } from "../state/projection-settings";
import type { State } from "../state/state";

export interface ProjectionControl {
  /** Stop the computation; what has been drawn stays. */
  readonly stop: () => void;
  /** Compute it again from another seed. */
  readonly again: () => void;
}

/** Finished projections are kept, so that going back and forth between two takes no time. */
const KEPT = 6;

export function controlProjection(app: App): ProjectionControl {
  const finished = new Map<string, ProjectionUpdate>();
  const latest = latestOnly();
  let shownDims = 0;

  function show(update: ProjectionUpdate): void {
    if (update.points !== null) {
      app.map.setPoints(update.points, update.dims, shownDims !== 0);
      shownDims = update.dims;
    }
    app.map.setAxes(update.axisNames.length && !isMap(app.store.get().method) ? update.axisNames : null);
    const { axisNames, explained, trust } = update;
    app.session.set({ axisNames, explained, trust });
  }

  function report(stage: string, fraction: number, running: boolean, error: string | null = null, before = 0): void {
    app.store.set({ progress: { stage, fraction, before, running, error } });
  }

  function run(request: ProjectionRequest): void {
    latest.stop();
    const key = JSON.stringify({ ...request, rows: packIds(request.rows) });
    const kept = finished.get(key);
    if (kept) {
      show(kept);
      report("done", 1, false);
      return;
    }
    report("start", 0, true);
    let points: Float32Array | null = null;

    function step(update: ProjectionUpdate): void {
      if (update.before > 0) {
        report(update.stage, 0, true, null, update.before);
        return;
      }
      const isDone = update.stage === "done";
      points = update.points ?? points;
      show(update);
      report(update.stage, update.fraction, !isDone);
      if (!isDone) return;
      finished.set(key, { ...update, points });
      if (finished.size > KEPT) finished.delete(finished.keys().next().value!);
    }

    void latest.ask(
      (signal) => app.source.project(request, (update) => void (signal.aborted || step(update)), signal),
      { answer: () => {}, failure: (error) => report("stopped", 0, false, error.message) },
    );
  }

  function askAgain(): void {
    const request = requestOf(app.store.get(), (token) => findToken(app.tokens, token), app.source.manifest);
    if (request) run(request);
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      const isAnother =
        now.method !== before.method ||
        now.dims !== before.dims ||
        now.seed !== before.seed ||
        !haveSameNumbers(now, before) ||
        !sameIds(now.rows, before.rows) ||
        (now.method === "axes" && now.axes !== before.axes);
      if (isAnother) askAgain();
    }),
  );
  app.onDestroy(latest.stop);
  askAgain();

  return {
    stop() {
      latest.stop();
      report("stopped", 0, false);
    },
    again: () => app.store.set({ seed: app.store.get().seed + 1 }),
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
  const { method, dims, seed } = state;
  const rows = manifest.drawsAnew ? state.rows : NO_IDS;
  const more = { ...requested(manifest, method, dims, state), rows };
  // Only maps start from random numbers; with a seed, equal projections of other methods would count as different.
  if (method !== "axes") return { method, dims, seed: isMap(method) ? seed : 0, axes: [], ...more };
  const axes: Axis[] = [];
  for (const { from, to } of state.axes.slice(0, dims)) {
    const ends = [from, to].map((words) => words.split(/\s+/).filter(Boolean).map(idOf));
    if (ends.some((ids) => ids.length === 0 || ids.includes(null))) return null;
    axes.push({ from: ends[0] as number[], to: ends[1] as number[] });
  }
  return { method, dims, seed: 0, axes, ...more };
}
