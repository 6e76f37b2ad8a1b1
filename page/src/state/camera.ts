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

/** From straight ahead, as 2-D is seen at first; at this distance all of [-1, 1]³ is in view. */
export const FRONT: Camera = { target: [0, 0, 0], distance: 3.3, azimuth: 0, elevation: 0 };

/** A little from the side and above, as 3-D is seen at first, so that depth is visible at once. */
export const OBLIQUE: Camera = { target: [0, 0, 0], distance: 3.9, azimuth: 0.6, elevation: 0.35 };

const MIN_DISTANCE = 0.02;
/** Zooming out ends here, or where a camera that shows outliers already is. */
const MAX_DISTANCE = 20;
/** Each coordinate of the target stays within this, so that the points cannot get lost; beyond it there are outliers. */
const MAX_TARGET = 1.6;
/** The nearest and the farthest that is drawn, in distances from the eye to the target. */
export const NEAR = 1 / 50;
export const FAR = 1e4;

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
  const near = camera.distance * NEAR;
  const far = camera.distance * FAR;
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
  return { ...camera, target: keptNear(camera.target, add(camera.target, right, -x / pixels, up, y / pixels)) };
}

/** Multiply the distance by `factor`; what is at the pixel (x, y), at the target's depth, stays there. */
export function zoom(camera: Camera, factor: number, x: number, y: number, width: number, height: number): Camera {
  const distance = clamp(camera.distance * factor, MIN_DISTANCE, Math.max(MAX_DISTANCE, camera.distance));
  const { right, up } = basis(camera);
  const pixels = pixelsPerUnit(camera, width, height);
  const part = 1 - distance / camera.distance;
  const across = ((x - width / 2) / pixels) * part;
  const tall = ((height / 2 - y) / pixels) * part;
  return { ...camera, distance, target: keptNear(camera.target, add(camera.target, right, across, up, tall)) };
}

/** A part of the map, in CSS pixels from its top left. */
export interface Room {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Show all of `points` (x, y, z interleaved) from the same direction, with a margin, in `room`, by default all of the
 * map. A single point is shown with its surroundings. Points that are NaN are ignored. No points: the camera as it is.
 */
export function fit(
  camera: Camera,
  points: Float32Array,
  width: number,
  height: number,
  room: Room = { x: 0, y: 0, width, height },
): Camera {
  const { right, up, back } = basis(camera);
  const axes = [right, up, back] as const;
  const [x, y, z] = axes.map((axis) => middleAlong(axis, points));
  if (Number.isNaN(x)) return camera;
  // The angle of view is that of the map's shorter side, also where the room has another one.
  const perPixel = (2 * Math.tan(FIELD_OF_VIEW / 2)) / Math.min(width, height);
  const toRight = (room.x + room.width / 2 - width / 2) * perPixel;
  const upward = (height / 2 - (room.y + room.height / 2)) * perPixel;
  const distance = Math.max(
    distanceFor(points, right, back, x, z, (room.width / 2) * perPixel, toRight),
    distanceFor(points, up, back, y, z, (room.height / 2) * perPixel, upward),
    MIN_DISTANCE,
  );
  // The middle of the points is seen in the middle of the room, so the target lies beside it.
  const target = add([0, 0, 0], right, x - toRight * distance, up, y - upward * distance);
  return { ...camera, target: add(target, back, z, back, 0), distance };
}

const FIT_MARGIN = 1.2;
/** At least this much is visible on each side of the middle of what is fitted. */
const MIN_HALF_EXTENT = 0.08;

/**
 * How far from the middle of the points the eye has to be to see all of them within `half` of `off`, along one side of
 * the map; both are lengths at distance 1. Points nearer to the eye look larger, and farther off the middle of the map.
 */
function distanceFor(
  points: Float32Array,
  along: Vector,
  back: Vector,
  middle: number,
  depth: number,
  half: number,
  off: number,
): number {
  const room = half / FIT_MARGIN;
  let distance = 0;
  for (let i = 0; i + 2 < points.length; i += 3) {
    const at = along[0] * points[i] + along[1] * points[i + 1] + along[2] * points[i + 2] - middle;
    const near = back[0] * points[i] + back[1] * points[i + 1] + back[2] * points[i + 2] - depth;
    // From (at + off × distance) / (distance - near) ≤ off + room, and from the same on the other side.
    const upper = Math.max(at, MIN_HALF_EXTENT) / room + near * (1 + off / room);
    const lower = Math.max(-at, MIN_HALF_EXTENT) / room + near * (1 - off / room);
    if (upper > distance) distance = upper;
    if (lower > distance) distance = lower;
  }
  return distance;
}

/** NaN where there are no points. */
function middleAlong(axis: Vector, points: Float32Array): number {
  const [low, high] = rangeAlong(axis, points);
  return low <= high ? (low + high) / 2 : NaN;
}

function rangeAlong([x, y, z]: Vector, points: Float32Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i + 2 < points.length; i += 3) {
    const at = x * points[i] + y * points[i + 1] + z * points[i + 2];
    if (at < low) low = at;
    if (at > high) high = at;
  }
  return [low, high];
}

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

/** The target `to`, no farther off than targets may be, or than `from` already is, with some room to look around. */
function keptNear(from: Vector, to: Vector): Vector {
  return to.map((x, k) => {
    const away = Math.abs(from[k]);
    const most = away > MAX_TARGET ? away + MAX_TARGET : MAX_TARGET;
    return clamp(x, -most, most);
  }) as unknown as Vector;
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
