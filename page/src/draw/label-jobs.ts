/**
 * The jobs that run in slices when the view rests: an index of the screen for picking, then labels.
 *
 * While one projection follows another the view does not rest; then labels are chosen at intervals for where the
 * points are going.
 */
import { ScreenIndex } from "./screen-index";
import { runInSlices, type Job } from "./slices";
import type { View } from "./view";

/** Time between two such choices, at least. */
const PRELABEL_MS = 1000;

export interface LabelWork {
  /** Choose the labels of a view, given its index. */
  choose(index: ScreenIndex): Generator<void>;
  /** The index of a resting view is ready. */
  onIndex(): void;
  /** The labels of a resting view are ready. */
  onLabels(): void;
}

export class LabelJobs {
  /** Of the resting view; null while there is none. */
  index: ScreenIndex | null = null;
  /** Milliseconds that the last index took. */
  indexMs = 0;
  private job: Job | null = null;
  private prelabelJob: Job | null = null;
  private prelabeledAt = 0;

  constructor(
    private readonly work: LabelWork,
    private readonly run: typeof runInSlices = runInSlices,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether the index or the labels of a resting view are still being made. */
  get isBusy(): boolean {
    return this.job !== null;
  }

  /** The view or the points have changed: drop its index and stop working on it. */
  invalidate(): void {
    this.index = null;
    this.job?.cancel();
    this.job = null;
  }

  /** Make index and labels of a resting view. `goals`: x, y, z by slot, where the points are at rest. */
  settle(view: View, goals: Float32Array): void {
    this.cancelPrelabel();
    this.start(this.settling(view, goals));
  }

  /** Choose other labels for the same view; without an index they come when the view rests. */
  relabel(): void {
    if (this.index !== null) this.start(this.work.choose(this.index));
  }

  /** Choose labels for where gliding points are going. */
  prelabel(view: View, goals: Float32Array): void {
    if (this.now() - this.prelabeledAt < PRELABEL_MS) return;
    this.prelabeledAt = this.now();
    this.cancelPrelabel();
    this.prelabelJob = this.run(this.prelabeling(view, goals), () => (this.prelabelJob = null));
  }

  cancelPrelabel(): void {
    this.prelabelJob?.cancel();
    this.prelabelJob = null;
  }

  cancel(): void {
    this.invalidate();
    this.cancelPrelabel();
  }

  private start(steps: Iterator<void>): void {
    this.job?.cancel();
    this.job = this.run(steps, () => {
      this.job = null;
      this.work.onLabels();
    });
  }

  private *settling(view: View, goals: Float32Array): Generator<void> {
    let worked = 0;
    const timed = <T>(step: () => T): T => {
      const start = this.now();
      const result = step();
      worked += this.now() - start;
      return result;
    };
    const index = timed(() => new ScreenIndex(view, goals.length / 3));
    const steps = index.build(goals);
    while (timed(() => steps.next().done) !== true) yield;
    this.indexMs = worked;
    this.index = index;
    this.work.onIndex();
    yield* this.work.choose(index);
  }

  private *prelabeling(view: View, goals: Float32Array): Generator<void> {
    const index = new ScreenIndex(view, goals.length / 3);
    yield* index.build(goals);
    yield* this.work.choose(index);
  }
}
