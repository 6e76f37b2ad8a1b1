/** Movement over time: the camera on its way to a goal, and the points on their way to another projection. */
import type { Dims } from "../data/source";
import { FRONT, interpolate, OBLIQUE, type Camera } from "../state/camera";

export const GLIDE_MS = 700;

/** How much of its way a glide has covered after a part `t` of its time: it starts and ends slowly. */
function eased(t: number): number {
  return t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
}

/** Milliseconds for a way at a steady speed, as it suits a goal that moves on; null: as long as any, see `eased`. */
export type SteadyMs = number | null;

/** The part of the time of a glide that has passed, and the part of the way that is covered then. */
function elapsed(start: number, now: number, steadyMs: SteadyMs): { readonly time: number; readonly way: number } {
  const time = Math.min(Math.max((now - start) / (steadyMs ?? GLIDE_MS), 0), 1);
  return { time, way: steadyMs === null ? eased(time) : time };
}

/** From which direction a picture of so many dimensions is seen at first. */
export function firstLook(dims: Dims | null): Camera {
  return dims === 3 ? OBLIQUE : FRONT;
}

/** The camera: at rest, following the pointer, or gliding. All `start` and `now`: milliseconds on one clock. */
export class CameraMotion {
  private camera: Camera = FRONT;
  private glide: {
    readonly from: Camera;
    readonly to: Camera;
    readonly start: number;
    readonly steadyMs: SteadyMs;
  } | null = null;
  private dims: Dims | null = null;
  /** Shows the whole picture, from where it is seen at first. */
  home: Camera = FRONT;
  private isReportDue = false;
  /** Whether it shows the picture as it opens, or is on its way there: nobody has moved it elsewhere. */
  isHome = true;

  get current(): Camera {
    return this.camera;
  }

  /** Where the camera will come to rest. */
  get goal(): Camera {
    return this.glide?.to ?? this.camera;
  }

  get isGliding(): boolean {
    return this.glide !== null;
  }

  /**
   * Look at a picture of `dims` dimensions. The first picture is seen from home unless a camera was given before;
   * a change between 2-D and 3-D leads home.
   */
  setDims(dims: Dims, start: number | null): void {
    const before = this.dims;
    this.dims = dims;
    if (before !== dims) this.home = firstLook(dims);
    if (before === null && this.isHome) this.camera = this.home;
    else if (before !== null && before !== dims) this.goHome(start);
    else this.camera = this.levelled(this.camera);
  }

  /** The camera that shows the whole picture is now `home`. A camera at home follows; `start`: as in `set`. */
  setHome(home: Camera, start: number | null, steadyMs: SteadyMs = null): void {
    this.home = home;
    if (this.isHome) this.move(home, start, steadyMs);
  }

  /** Take a camera from outside, null is home; that needs no report. `start`: when to start gliding; null: jump. */
  set(camera: Camera | null, start: number | null): void {
    this.isHome = camera === null;
    this.move(camera === null ? this.home : this.levelled(camera), start);
  }

  /** Move the camera for the user, so that it is reported when it rests. `start`: as in `set`. */
  goTo(camera: Camera, start: number | null): void {
    this.isHome = false;
    this.isReportDue = true;
    this.move(camera, start);
  }

  /** Move home for the user. `start`: as in `set`. */
  goHome(start: number | null): void {
    this.isHome = true;
    this.isReportDue = true;
    this.move(this.home, start);
  }

  /** Advance a glide to the time `now`; return whether the camera moved. */
  advance(now: number): boolean {
    if (this.glide === null) return false;
    const { from, to, start, steadyMs } = this.glide;
    const { time, way } = elapsed(start, now, steadyMs);
    this.camera = interpolate(from, to, way);
    if (time === 1) this.glide = null;
    return true;
  }

  /** Whether the resting camera is to be reported; true once for each movement made for the user. */
  takeReport(): boolean {
    const isDue = this.isReportDue;
    this.isReportDue = false;
    return isDue;
  }

  private move(camera: Camera, start: number | null, steadyMs: SteadyMs = null): void {
    this.glide = start === null ? null : { from: this.camera, to: camera, start, steadyMs };
    if (start === null) this.camera = camera;
  }

  /** A flat picture is seen from straight ahead. */
  private levelled(camera: Camera): Camera {
    return this.dims === 2 ? { ...camera, azimuth: 0, elevation: 0 } : camera;
  }
}

/** What gliding points change: how far they are on their way, and how much depth is shown (0 in 2-D, 1 in 3-D). */
export interface Gliding {
  glide: number;
  depthCue: number;
}

/** The points' way from one projection to the next, which may have another number of dimensions. */
export class PointMotion {
  private way: {
    readonly start: number;
    readonly steadyMs: SteadyMs;
    readonly fromCue: number;
    readonly toCue: number;
  } | null = null;

  constructor(private readonly points: Gliding) {}

  get isGliding(): boolean {
    return this.way !== null;
  }

  /** Start for a picture of `dims` dimensions. `start`: when to start gliding there; null: jump. */
  goTo(dims: Dims, start: number | null, steadyMs: SteadyMs = null): void {
    const toCue = dims - 2;
    this.way = start === null ? null : { start, steadyMs, fromCue: this.points.depthCue, toCue };
    if (start === null) Object.assign(this.points, { glide: 1, depthCue: toCue });
  }

  /** Advance to the time `now`; return whether the points moved. */
  advance(now: number): boolean {
    if (this.way === null) return false;
    const { start, steadyMs, fromCue, toCue } = this.way;
    const { time, way } = elapsed(start, now, steadyMs);
    this.points.glide = way;
    this.points.depthCue = fromCue + (toCue - fromCue) * way;
    if (time === 1) this.way = null;
    return true;
  }

  /** Stop where the points are. */
  stop(): void {
    this.way = null;
  }
}
