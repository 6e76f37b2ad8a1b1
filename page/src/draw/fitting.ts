/** Fits projected points of any scale into [-1, 1]³, where the camera and the axes grid expect them. */
import type { Dims } from "../data/source";
import type { Vector } from "../state/camera";

/** Where a point is drawn: its coordinates times `scale`, plus `shift`. */
export interface Fitting {
  /** One scale for all axes, so that distances keep their proportions. */
  readonly scale: number;
  readonly shift: Vector;
  /** Height of the lowest point as it is drawn. */
  readonly lowest: number;
}

/**
 * `points`: as setPoints of map.ts takes them. Coordinates that are NaN are ignored. No points, or points that all
 * lie at one place, keep their scale.
 */
export function fitPoints(points: Float32Array, dims: Dims): Fitting {
  if (points.length === 0) return { scale: 1, shift: [0, 0, 0], lowest: -1 };
  const low: [number, number, number] = [0, 0, 0];
  const high: [number, number, number] = [0, 0, 0];
  for (let axis = 0; axis < dims; axis++) [low[axis], high[axis]] = range(points, axis, dims);
  const half = Math.max(...low.map((from, axis) => (high[axis] - from) / 2));
  const scale = half > 0 ? 1 / half : 1;
  const [x, y, z] = low.map((from, axis) => (-(from + high[axis]) / 2) * scale);
  return { scale, shift: [x, y, z], lowest: low[1] * scale + y };
}

function range(points: Float32Array, axis: number, dims: Dims): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = axis; i < points.length; i += dims) {
    const value = points[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Where the axes of the data cross, moved to the nearest place inside [-1, 1]³. */
export function visibleOrigin({ shift }: Fitting): Vector {
  const [x, y, z] = shift.map((at) => Math.min(Math.max(at, -1), 1));
  return [x, y, z];
}
