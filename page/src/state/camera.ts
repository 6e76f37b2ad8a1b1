/**
 * The camera: from where the map is seen, and how turning, panning, zooming and fitting change that. Points lie in
 * about [-1, 1]³.
 *
 * In 2-D the camera looks straight down on z = 0 and only pans and zooms; in 3-D it orbits its target.
 */
export interface Camera {
  /** The point that the camera looks at. */
  readonly target: readonly [number, number, number];
  /** From the target to the eye. */
  readonly distance: number;
  /** Turn around the vertical axis, in radians; 0 in 2-D. */
  readonly azimuth: number;
  /** Height of the eye above the horizon, in radians, -π/2 … π/2; 0 looks along -z. 0 in 2-D. */
  readonly elevation: number;
}

/** Angle of view across the shorter side of the map, in radians, so that a tall map sees as much as a wide one. */
export const FIELD_OF_VIEW = (40 * Math.PI) / 180;

/** Sees all of [-1, 1]³ from straight ahead: the start of 2-D. */
export const FRONT: Camera = { target: [0, 0, 0], distance: 3.3, azimuth: 0, elevation: 0 };

/** A little from the side and above: the start of 3-D, so that depth is visible at once. */
export const OBLIQUE: Camera = { target: [0, 0, 0], distance: 3.9, azimuth: 0.6, elevation: 0.35 };

const MIN_DISTANCE = 0.02;
const MAX_DISTANCE = 20;
/** Each coordinate of the target stays within this, so that the points cannot get lost. */
const MAX_TARGET = 1.6;

export type Vector = readonly [number, number, number];

/** Unit vectors: to the right of the picture, up, and from the target back to the eye. */
export function basis(camera: Camera): { right: Vector; up: Vector; back: Vector } {
  const [sa, ca] = [Math.sin(camera.azimuth), Math.cos(camera.azimuth)];
  const [se, ce] = [Math.sin(camera.elevation), Math.cos(camera.elevation)];
  return { right: [ca, 0, -sa], up: [-sa * se, ce, -ca * se], back: [sa * ce, se, ca * ce] };
}

/** Half of the visible width and height at distance 1. */
function halves(width: number, height: number): [number, number] {
  const half = Math.tan(FIELD_OF_VIEW / 2) / Math.min(width, height);
  return [half * width, half * height];
}

/** CSS pixels that a length of 1 takes at the target. */
export function pixelsPerUnit(camera: Camera, width: number, height: number): number {
  return Math.min(width, height) / (2 * Math.tan(FIELD_OF_VIEW / 2) * camera.distance);
}

/**
 * From points to clip coordinates, column after column as WebGL takes it. The fourth coordinate of the result is
 * how far the point is in front of the eye.
 */
export function viewProjection(camera: Camera, width: number, height: number): Float32Array {
  const { right, up, back } = basis(camera);
  const [across, tall] = halves(width, height);
  const near = camera.distance / 50;
  const far = camera.distance + 10;
  const along = (axis: Vector) => -dot(axis, camera.target);
  const rows = [
    [...right.map((x) => x / across), along(right) / across],
    [...up.map((x) => x / tall), along(up) / tall],
    // With w the distance in front of the eye, z/w runs from -1 at `near` to 1 at `far`.
    [],
    [...back.map((x) => -x), camera.distance - along(back)],
  ];
  const slope = (far + near) / (far - near);
  rows[2] = rows[3].map((x) => slope * x);
  rows[2][3] -= (2 * far * near) / (far - near);
  return Float32Array.from({ length: 16 }, (_, i) => rows[i % 4][i >> 2]);
}

/** Turn around the target: to the right and down, in radians, as if the points were dragged. */
export function orbit(camera: Camera, right: number, down: number): Camera {
  const elevation = clamp(camera.elevation + down, -Math.PI / 2, Math.PI / 2);
  return { ...camera, azimuth: wrap(camera.azimuth - right), elevation };
}

/** Move the points along: what was under the pointer before it moved by (x, y) pixels is under it again. */
export function pan(camera: Camera, x: number, y: number, width: number, height: number): Camera {
  const { right, up } = basis(camera);
  const pixels = pixelsPerUnit(camera, width, height);
  return { ...camera, target: clampTarget(add(camera.target, right, -x / pixels, up, y / pixels)) };
}

/** Multiply the distance by `factor`; what is at the pixel (x, y), at the target's depth, stays there. */
export function zoom(camera: Camera, factor: number, x: number, y: number, width: number, height: number): Camera {
  const distance = clamp(camera.distance * factor, MIN_DISTANCE, MAX_DISTANCE);
  const { right, up } = basis(camera);
  const pixels = pixelsPerUnit(camera, width, height);
  const part = 1 - distance / camera.distance;
  const across = ((x - width / 2) / pixels) * part;
  const tall = ((height / 2 - y) / pixels) * part;
  return { ...camera, distance, target: clampTarget(add(camera.target, right, across, up, tall)) };
}

/**
 * Show all of `points` (x, y, z interleaved) from the same direction, with a margin. A single point is shown with
 * its surroundings. No points, or all without a place (NaN): the camera as it is.
 */
export function fit(camera: Camera, points: Float32Array, width: number, height: number): Camera {
  if (points.length < 3) return camera;
  const { right, up, back } = basis(camera);
  const axes = [right, up, back];
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 2 < points.length; i += 3)
    axes.forEach((axis, k) => {
      const at = axis[0] * points[i] + axis[1] * points[i + 1] + axis[2] * points[i + 2];
      if (at < low[k]) low[k] = at;
      if (at > high[k]) high[k] = at;
    });
  if (low[0] > high[0]) return camera; // none of them has a place
  const [x, y, z] = low.map((from, k) => (from + high[k]) / 2);
  const [across, tall] = halves(width, height);
  const half = (k: number) => Math.max((high[k] - low[k]) / 2, MIN_HALF_EXTENT);
  const distance = FIT_MARGIN * Math.max(half(0) / across, half(1) / tall) + (high[2] - low[2]) / 2;
  const target = add(add([0, 0, 0], right, x, up, y), back, z, back, 0);
  return { ...camera, target: clampTarget(target), distance: clamp(distance, MIN_DISTANCE, MAX_DISTANCE) };
}

const FIT_MARGIN = 1.2;
/** At least this much is visible on each side of the middle of what is fitted. */
const MIN_HALF_EXTENT = 0.08;

/**
 * Part `t` of the way. The distance changes by equal factors in equal times, and the target so that one place of
 * the picture stays where it is, as when zooming by hand; the camera turns in the shorter direction.
 */
export function interpolate(from: Camera, to: Camera, t: number): Camera {
  if (t >= 1) return to;
  const growth = to.distance / from.distance;
  const distance = from.distance * growth ** t;
  const part = Math.abs(growth - 1) < 1e-3 ? t : (growth ** t - 1) / (growth - 1);
  const target = from.target.map((x, k) => x + (to.target[k] - x) * part) as unknown as Vector;
  return {
    target,
    distance,
    azimuth: from.azimuth + wrap(to.azimuth - from.azimuth) * t,
    elevation: from.elevation + (to.elevation - from.elevation) * t,
  };
}

function clampTarget(target: Vector): Vector {
  return target.map((x) => clamp(x, -MAX_TARGET, MAX_TARGET)) as unknown as Vector;
}

function add(start: Vector, a: Vector, x: number, b: Vector, y: number): Vector {
  return start.map((value, k) => value + a[k] * x + b[k] * y) as unknown as Vector;
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** The same angle in -π … π. */
function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
