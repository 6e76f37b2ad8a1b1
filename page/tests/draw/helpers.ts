/** What the tests of the map share: clouds without a GPU, a canvas that records, time that a test moves on. */
import { TokenTable } from "../../src/data/tokens";
import type { Dims } from "../../src/data/source";
import { fitPoints, NO_FITTING } from "../../src/draw/fitting";
import type { Screen } from "../../src/draw/frame-loop";
import type { LabelScene } from "../../src/draw/label-placement";
import { Labels } from "../../src/draw/labels";
import type { MapTheme } from "../../src/draw/map";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { PointCloud } from "../../src/draw/point-cloud";
import { ScreenIndex } from "../../src/draw/screen-index";
import type { runInSlices } from "../../src/draw/slices";
import { TextMeasure } from "../../src/draw/text";
import { createView, type View } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";

export const THEME: MapTheme = {
  dark: false,
  background: "background",
  ink: "ink",
  faint: "faint",
  accent: "accent",
  font: "sans-serif",
};

/** Numbers in [0, 1), the same each time (Park and Miller's generator). */
export function randoms(seed = 3): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

export function identity(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, id) => id);
}

/** A resting cloud with `points` as they are (they have to fill [-1, 1]³); the lower an id, the more important. */
export function cloudOf(points: readonly number[], dims: Dims = 2): PointCloud {
  const cloud = new PointCloud();
  cloud.resize(identity(points.length / dims));
  cloud.moveTo(Float32Array.from(points), dims, NO_FITTING);
  cloud.glide = 1;
  cloud.depthCue = dims - 2;
  return cloud;
}

/** A resting cloud of random points. */
export function randomCloud(n: number, dims: Dims = 2): PointCloud {
  const next = randoms();
  const points = Float32Array.from({ length: dims * n }, () => 2 * next() - 1);
  const cloud = new PointCloud();
  cloud.resize(identity(n));
  cloud.moveTo(points, dims, fitPoints(points, dims));
  cloud.glide = 1;
  cloud.depthCue = dims - 2;
  return cloud;
}

export function tokenTable(tokens: readonly string[]): TokenTable {
  const offsets = new Uint32Array(tokens.length + 1);
  tokens.forEach((token, id) => (offsets[id + 1] = offsets[id] + token.length));
  return new TokenTable(tokens.join(""), offsets);
}

/** Every letter is 7 pixels wide. */
export function sevenWide(): TextMeasure {
  const context = { font: "", measureText: (text: string) => ({ width: 7 * text.length }) };
  return new TextMeasure(context as unknown as CanvasRenderingContext2D);
}

export function labelScene(cloud: PointCloud, changes: Partial<LabelScene> = {}): LabelScene {
  const view = changes.view ?? createView(FRONT, 800, 600);
  const names = Array.from({ length: cloud.n }, (_, id) => `t${id}`);
  return {
    cloud,
    view,
    sizing: cloud.sizing(view),
    marks: NO_MARKS,
    tokens: tokenTable(names),
    importance: identity(cloud.n),
    theme: THEME,
    clusters: [],
    trails: [],
    taken: [],
    isFollowing: false,
    ...changes,
  };
}

export function indexOf(cloud: PointCloud, view: View): ScreenIndex {
  const index = new ScreenIndex(view, cloud.n);
  finish(index.build(cloud.to));
  return index;
}

/** Run a job to its end; return its result. */
export function finish<T>(steps: Iterator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Choose the labels of a scene. */
export function choose(labels: Labels, scene: LabelScene): void {
  finish(labels.choose(scene, indexOf(scene.cloud, scene.view)));
}

/** The labels of a scene, which had none before. */
export function chosen(scene: LabelScene): Labels {
  const labels = new Labels(sevenWide());
  choose(labels, scene);
  return labels;
}

/** Paint until nothing fades; return what was written. */
export function paint(labels: Labels, scene: LabelScene): Call[] {
  const { context, calls } = recorder();
  while (labels.draw(context, scene, 50)) calls.length = 0;
  return calls.filter(({ name }) => name === "fillText");
}

export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  /** Fonts, colors and the like at that time. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** A drawing context that records what is called. */
export function recorder(): { context: CanvasRenderingContext2D; calls: Call[] } {
  const calls: Call[] = [];
  const state: Record<string, unknown> = {};
  const context = new Proxy(state, {
    get: (_, name: string) =>
      name in state ? state[name] : (...args: unknown[]) => void calls.push({ name, args, state: { ...state } }),
  });
  return { context: context as unknown as CanvasRenderingContext2D, calls };
}

/** A runner of jobs that works when the test says so. */
export function manualRunner() {
  const jobs: { steps: Iterator<void>; onDone: () => void; isCancelled: boolean; isDone: boolean }[] = [];
  const run: typeof runInSlices = (steps, onDone) => {
    const job = { steps, onDone, isCancelled: false, isDone: false };
    jobs.push(job);
    return { cancel: () => void (job.isCancelled = true) };
  };
  /** Take so many steps of every job that is running. */
  function work(n = Infinity): void {
    for (const job of jobs)
      for (let i = 0; i < n && !job.isCancelled && !job.isDone; i++) {
        if (job.steps.next().done !== true) continue;
        job.isDone = true;
        job.onDone();
      }
  }
  return { jobs, run, work };
}

/** A screen that is refreshed, and a clock that goes on, when the test says so. */
export class FakeScreen implements Screen {
  time = 1000;
  requests = 0;
  private readonly pending = new Map<number, (now: number) => void>();

  request(draw: (now: number) => void): number {
    this.pending.set(++this.requests, draw);
    return this.requests;
  }

  cancel(handle: number): void {
    this.pending.delete(handle);
  }

  now(): number {
    return this.time;
  }

  /** Let `ms` pass, then refresh; return whether something was drawn. */
  refresh(ms = 16): boolean {
    this.time += ms;
    const draws = [...this.pending.values()];
    this.pending.clear();
    for (const draw of draws) draw(this.time);
    return draws.length > 0;
  }
}
