/**
 * The cycle of movement and rest. Each change requests a frame. While the view moves, only as many points are drawn as
 * keep the frames smooth; when nothing has moved for a while, all of them are drawn, and index and labels are made.
 */
import type { Dims } from "../data/source";
import type { Camera } from "../state/camera";
import type { Compositor } from "./compositor";
import { FrameBudget } from "./frame-budget";
import { FrameLoop, type Frame, type Screen } from "./frame-loop";
import type { LabelJobs } from "./label-jobs";
import { CameraMotion, PointMotion, type SteadyMs } from "./motion";
import type { PointCloud } from "./point-cloud";
import { createView, type View } from "./view";

/** Without movement for this long the view rests; longer while a button is down, or a timeline plays. */
export const REST_MS = 120;
export const HELD_REST_MS = 400;

export interface CycleParts {
  readonly cloud: PointCloud;
  readonly compositor: Pick<Compositor, "drawGrid" | "drawPoints" | "drawTop" | "resize">;
  readonly jobs: Pick<LabelJobs, "invalidate" | "settle" | "prelabel" | "cancel" | "isBusy">;
  /** Whether a button is down. */
  isHeld(): boolean;
  /** Which part this is of all that is drawn at once; 1 where it is left out. */
  share?(): number;
  /** The camera came to rest after a movement for the user; null: at home. */
  onCamera(camera: Camera | null): void;
  /** The camera may have moved; null: it is at home, or on its way there. */
  onMove?(camera: Camera | null): void;
}

export class ViewCycle {
  /** What is shown now, and in which size. */
  view: View;
  readonly camera = new CameraMotion();
  /** Of the projection that is shown; null: there is none yet. */
  dims: Dims | null = null;
  /** Points drawn in the last frame, those without a place too. */
  drawn = 0;
  private readonly points: PointMotion;
  private readonly loop: FrameLoop;
  private readonly budget = new FrameBudget();
  private isMoving = false;
  /** When the last frame was drawn. */
  private wasMoving = false;
  private isRestored = false;
  private pointsChanged = false;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly parts: CycleParts,
    screen?: Screen,
  ) {
    this.view = createView(this.camera.current, 1, 1);
    this.points = new PointMotion(parts.cloud);
    this.loop = new FrameLoop((frame) => this.draw(frame), screen);
  }

  /** Milliseconds of the main thread for each of the last frames, the newest last. */
  get times(): readonly number[] {
    return this.loop.times;
  }

  /** Whether everything is drawn and nothing is moving, fading or being computed. */
  get isSettled(): boolean {
    return !this.isMoving && !this.parts.jobs.isBusy && !this.loop.isPending;
  }

  settle(): Promise<void> {
    return this.isSettled ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The cloud holds other tokens. */
  reset(): void {
    this.points.stop();
    this.parts.jobs.cancel();
    this.changed();
  }

  /** The cloud has a new goal, in `dims` dimensions. `start`: when to start gliding there; null: jump. */
  setDims(dims: Dims, start: number | null, steadyMs: SteadyMs = null): void {
    const { cloud, jobs } = this.parts;
    this.points.goTo(dims, this.dims === null ? null : start, steadyMs);
    this.camera.setDims(dims, start);
    this.dims = dims;
    this.changed();
    if (this.points.isGliding) jobs.prelabel(this.view, cloud.to);
  }

  /** Show the points at another moment. `start`: when to start gliding there; null: they are there at once. */
  showMoment(moment: number, start: number | null): void {
    const { cloud, jobs } = this.parts;
    if (this.dims === null) return;
    this.points.goTo(this.dims, start);
    if (start === null) cloud.showMoment(moment);
    else cloud.moveToMoment(moment);
    this.changed(HELD_REST_MS); // more moments may follow
    jobs.prelabel(this.view, cloud.to);
  }

  /** Whether the points are on their way to another projection or moment. */
  get isGliding(): boolean {
    return this.points.isGliding;
  }

  /** The camera or what it looks at has changed: draw it, and wait for rest. */
  changed(restMs = this.parts.isHeld() ? HELD_REST_MS : REST_MS): void {
    this.view = createView(this.camera.current, this.view.width, this.view.height);
    this.isMoving = true;
    this.parts.jobs.invalidate();
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(), restMs);
    this.redraw();
    this.parts.onMove?.(this.camera.isHome ? null : this.camera.current);
  }

  /** Draw grid, points and labels. */
  redraw(): void {
    this.pointsChanged = true;
    this.redrawTop();
  }

  /** Draw labels and everything else above the points. */
  redrawTop(): void {
    this.loop.request();
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.parts.compositor.resize(width, height, pixelRatio);
    this.view = createView(this.camera.current, width, height);
    this.changed();
    this.loop.drawNow(); // at once: a canvas that changes its size is empty
  }

  /** The WebGL context was lost and restored. */
  restored(): void {
    this.changed();
    this.isRestored = true;
  }

  destroy(): void {
    this.loop.stop();
    clearTimeout(this.restTimer);
    this.parts.jobs.cancel();
  }

  private rest(): void {
    if (this.camera.isGliding || this.points.isGliding) return; // their frames start the timer again
    const { cloud, jobs } = this.parts;
    this.isMoving = false;
    // Chromium shows the first picture of a restored context on black.
    if (this.dims !== null && (this.drawn < cloud.nSlots || this.isRestored)) this.redraw();
    this.isRestored = false;
    // Without a projection there are no places for labels.
    if (this.dims !== null) jobs.settle(this.view, cloud.places());
    if (this.camera.takeReport()) this.parts.onCamera(this.camera.isHome ? null : this.camera.current);
    this.release();
  }

  private draw({ start, interval, elapsed }: Frame): void {
    if (this.isMoving && this.wasMoving) this.budget.record(interval, this.drawn, this.parts.share?.());
    this.wasMoving = this.isMoving;
    if (this.camera.advance(start)) this.changed();
    if (this.points.advance(start)) this.changed();
    if (this.pointsChanged) this.drawPoints();
    const isFading = this.parts.compositor.drawTop(this.view, elapsed);
    if (isFading || this.camera.isGliding || this.points.isGliding) this.redrawTop();
    this.release();
  }

  /** Tell those who wait for it that all is settled, if it is. */
  private release(): void {
    if (this.isSettled) for (const resolve of this.waiting.splice(0)) resolve();
  }

  private drawPoints(): void {
    const { compositor } = this.parts;
    this.pointsChanged = false;
    compositor.drawGrid(this.view);
    // Without a projection all points are at one place, and drawing them there takes the GPU longest.
    if (this.dims === null) return;
    this.drawn = compositor.drawPoints(this.view, this.isMoving ? this.budget.points : Infinity);
  }
}
