/**
 * Fits projected points of any scale into [-1, 1]³, where the camera and the axes grid expect them. A few points far
 * off, the outliers, do not shrink the others to a speck: they stay where their numbers put them, outside.
 */
import type { Dims } from "../data/source";
import type { Vector } from "../state/camera";

/** Where a point is drawn: its coordinates times `scale`, plus `shift`. */
export interface Fitting {
  /** One scale for all axes, so that distances keep their proportions. */
  readonly scale: number;
  readonly shift: Vector;
  /** The least and the largest coordinate of the points as they are drawn, outliers left out. */
  readonly low: Vector;
  readonly high: Vector;
  readonly hasOutliers: boolean;
}

/** A point this many times as far from the middle as nine in ten of all is an outlier. */
const FAR = 12;
const CORE = 0.9;
/** Middle and spread are those of this many points. */
const SAMPLE = 2000;

export const NO_FITTING: Fitting = {
  scale: 1,
  shift: [0, 0, 0],
  low: [-1, -1, -1],
  high: [1, 1, 1],
  hasOutliers: false,
};

type Range = readonly [low: number[], high: number[]];

/** `points`: as setPoints of map.ts takes them. Points that are NaN are ignored. */
export function fitPoints(points: Float32Array, dims: Dims): Fitting {
  let [low, high] = rangeOf(points, dims, null);
  if (low[0] > high[0]) return NO_FITTING;
  const core = coreOf(points, dims);
  const hasOutliers = core !== null && !(reachesNoFarther(low, core) && reachesNoFarther(high, core));
  if (hasOutliers) [low, high] = rangeOf(points, dims, core);
  const half = Math.max(...low.map((from, axis) => (high[axis] - from) / 2));
  // Points that all lie at one place are seen together with the origin.
  const size = half || Math.max(...high.map(Math.abs)) || 1;
  const scale = 1 / size;
  const shift = low.map((from, axis) => (-(from + high[axis]) / 2) * scale);
  const drawn = (values: readonly number[]) => vector(values.map((value, axis) => value * scale + shift[axis]));
  return { scale, shift: vector(shift), low: drawn(low), high: drawn(high), hasOutliers };
}

/** Points may reach so far beyond the ends of a fitting that they keep, or stay so far short of them. */
const SLACK = 0.1;

/** The fitting `before` as long as the points fill it about as well as others did; else one of their own. */
export function keptFitting(points: Float32Array, dims: Dims, before: Fitting): Fitting {
  const own = fitPoints(points, dims);
  if (own.hasOutliers || before.hasOutliers) return own;
  const again = (value: number, axis: number) =>
    ((value - own.shift[axis]) / own.scale) * before.scale + before.shift[axis];
  const isNear = (ends: Vector, endsBefore: Vector) =>
    ends.every((value, axis) => Math.abs(again(value, axis) - endsBefore[axis]) <= SLACK);
  return isNear(own.low, before.low) && isNear(own.high, before.high) ? before : own;
}

/** Whether all points lie at one place; they are seen together with the origin. */
export function isOnePlace({ low, high }: Fitting): boolean {
  return low.every((value, axis) => value === high[axis]);
}

/** Axes cross at zero where it is not farther off than this from the points. */
const BESIDE = 0.3;

/** Where the axes of the data cross, moved to the nearest place among the points; points at one place leave it. */
export function visibleOrigin(fitting: Fitting): Vector {
  const { shift, low, high } = fitting;
  if (isOnePlace(fitting)) return shift;
  const isNear = (at: number, axis: number) => at >= low[axis] - BESIDE && at <= high[axis] + BESIDE;
  return vector(shift.map((at, axis) => (isNear(at, axis) ? at : Math.min(Math.max(at, low[axis]), high[axis]))));
}

interface Core {
  readonly middle: readonly number[];
  /** Points farther from the middle are outliers. */
  readonly reach: number;
}

/** Null where nothing can be an outlier: fewer than three points, or most at one place. */
function coreOf(points: Float32Array, dims: Dims): Core | null {
  const n = points.length / dims;
  const step = Math.max(1, Math.floor(n / SAMPLE));
  const sample: number[] = [];
  for (let id = 0; id < n; id += step) if (!Number.isNaN(points[dims * id])) sample.push(id);
  if (sample.length < 3) return null;
  const middle = Array.from({ length: dims }, (_, axis) => {
    const values = sample.map((id) => points[dims * id + axis]).sort((a, b) => a - b);
    return values[values.length >> 1];
  });
  const away = sample
    .map((id) => Math.hypot(...middle.map((at, axis) => points[dims * id + axis] - at)))
    .sort((a, b) => a - b);
  const radius = away[Math.min(Math.ceil(CORE * away.length), away.length - 1) - 1];
  return radius > 0 ? { middle, reach: FAR * radius } : null;
}

function reachesNoFarther(place: readonly number[], { middle, reach }: Core): boolean {
  return middle.every((at, axis) => Math.abs(place[axis] - at) <= reach);
}

/** Of all points, or of those in the core. The third coordinate of flat points is 0. */
function rangeOf(points: Float32Array, dims: Dims, core: Core | null): Range {
  const low = [Infinity, Infinity, dims === 3 ? Infinity : 0];
  const high = [-Infinity, -Infinity, dims === 3 ? -Infinity : 0];
  for (let i = 0; i < points.length; i += dims) {
    if (core !== null && !isInCore(points, i, dims, core)) continue;
    for (let axis = 0; axis < dims; axis++) {
      const value = points[i + axis];
      if (value < low[axis]) low[axis] = value;
      if (value > high[axis]) high[axis] = value;
    }
  }
  return [low, high];
}

function isInCore(points: Float32Array, i: number, dims: Dims, { middle, reach }: Core): boolean {
  for (let axis = 0; axis < dims; axis++) if (!(Math.abs(points[i + axis] - middle[axis]) <= reach)) return false;
  return true;
}

function vector(values: readonly number[]): Vector {
  return [values[0], values[1], values[2]];
}
