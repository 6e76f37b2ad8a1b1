/** Which picture is shown: asks for the projection that the state names, and hands its points to the map. */
import type { App } from "../app";
import type { Axis, Method, ProjectionRequest, ProjectionUpdate } from "../data/source";
import { findToken } from "../state/autocomplete";
import type { State } from "../state/state";

export interface Picture {
  /** Stop the computation; what has been drawn stays. */
  stop(): void;
  /** Draw again from another seed. */
  again(): void;
}

/** Pictures that were finished are kept, so that going back and forth between two is at once. */
const KEPT = 6;

export function controlPicture(app: App): Picture {
  const finished = new Map<string, ProjectionUpdate>();
  let running: AbortController | null = null;
  let shownDims = 0;

  function show(update: ProjectionUpdate): void {
    if (update.points !== null) {
      app.map.setPoints(update.points, update.dims, shownDims !== 0);
      shownDims = update.dims;
    }
    app.map.setAxes(update.axisNames.length && !isMap(app.store.get().method) ? update.axisNames : null);
    const { axisNames, explained, trust } = update;
    app.findings.set({ axisNames, explained, trust });
  }

  function tell(stage: string, fraction: number, isRunning: boolean, error: string | null = null, before = 0): void {
    app.store.set({ progress: { stage, fraction, before, running: isRunning, error } });
  }

  async function run(request: ProjectionRequest): Promise<void> {
    running?.abort();
    const key = JSON.stringify(request);
    const kept = finished.get(key);
    if (kept) {
      running = null;
      show(kept);
      tell("done", 1, false);
      return;
    }
    const mine = new AbortController();
    running = mine;
    tell("start", 0, true);
    let points: Float32Array | null = null;
    try {
      await app.source.project(
        request,
        (update) => {
          if (mine.signal.aborted) return;
          if (update.before > 0) return tell(update.stage, 0, true, null, update.before);
          points = update.points ?? points;
          show(update);
          tell(update.stage, update.fraction, update.stage !== "done");
          if (update.stage !== "done") return;
          finished.set(key, { ...update, points });
          if (finished.size > KEPT) finished.delete(finished.keys().next().value!);
        },
        mine.signal,
      );
    } catch (error) {
      if (mine.signal.aborted) return;
      tell("stopped", 0, false, (error as Error).message);
    }
  }

  function follow(): void {
    const request = requestOf(app.store.get(), (token) => findToken(app.tokens, token));
    if (request) void run(request);
  }

  const unsubscribe = app.store.subscribe((now, before) => {
    const asksAnew =
      now.method !== before.method ||
      now.dims !== before.dims ||
      now.seed !== before.seed ||
      (now.method === "axes" && now.axes !== before.axes);
    if (asksAnew) follow();
  });
  app.onDestroy(() => {
    unsubscribe();
    running?.abort();
  });
  follow();

  return {
    stop() {
      running?.abort();
      running = null;
      tell("stopped", 0, false);
    },
    again() {
      app.store.set({ seed: app.store.get().seed + 1 });
    },
  };
}

/** Whether the picture is a map, whose axes mean nothing. */
function isMap(method: Method): boolean {
  return method === "umap" || method === "tsne";
}

/** What to ask for; null while custom axes are not complete. */
export function requestOf(state: State, idOf: (token: string) => number | null): ProjectionRequest | null {
  const { method, dims, seed } = state;
  // Only maps draw lots; a seed would make pictures look different that are the same.
  if (method !== "axes") return { method, dims, seed: isMap(method) ? seed : 0, axes: [] };
  const axes: Axis[] = [];
  for (const { from, to } of state.axes.slice(0, dims)) {
    const ends = [from, to].map((words) => words.split(/\s+/).filter(Boolean).map(idOf));
    if (ends.some((ids) => ids.length === 0 || ids.includes(null))) return null;
    axes.push({ from: ends[0] as number[], to: ends[1] as number[] });
  }
  return { method, dims, seed: 0, axes };
}
