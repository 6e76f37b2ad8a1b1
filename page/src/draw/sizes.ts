/** How large points are, in CSS pixels: for picking and labels; shaders.ts has the same formulas for the GPU. */
import { FRONT, type Camera } from "../state/camera";

/** Up to here all points get labels, larger dots and, in 3-D, lines down to the grid. */
export const FEW_POINTS = 50;

export interface Sizing {
  /** Diameter of an ordinary point at the target. */
  readonly ordinary: number;
  /** Diameter of a marked one. */
  readonly marked: number;
  /** From the camera to its target. */
  readonly distance: number;
}

/** Four points are proper dots, a million are specks. All grow as the camera comes near, more slowly than the picture. */
export function sizingOf(n: number, nMarked: number, camera: Camera, width: number, height: number): Sizing {
  const window = Math.sqrt(Math.min(width, height) / 800);
  const closeness = Math.min(Math.max((FRONT.distance / camera.distance) ** 0.5, 0.8), 7);
  const byCount = (count: number) => Math.min(Math.max(34 * count ** -0.225, 1.5), 24);
  const ordinary = Math.max(byCount(n) * window * closeness, 1.2);
  // Marked points are fewer than all, so there is room for larger ones.
  const marked = Math.max(1.35 * ordinary, Math.min(byCount(Math.max(nMarked, 1)), 11) * window);
  return { ordinary, marked, distance: camera.distance };
}

/** Diameter at a depth in front of the camera. `rankSize`: 0 … 255, from `sizeOfRank`. */
export function diameter(sizing: Sizing, depth: number, rankSize: number, isMarked: boolean): number {
  const perspective = Math.min(Math.max((sizing.distance / depth) ** 0.8, 0.5), 2.2);
  const factor = MIN_FACTOR + (rankSize / 255) * (MAX_FACTOR - MIN_FACTOR);
  return (isMarked ? sizing.marked : sizing.ordinary) * factor * perspective;
}

/** The least and the most important token's share of a diameter. */
export const MIN_FACTOR = 0.85;
export const MAX_FACTOR = 1.6;

/** No point has a larger diameter. */
export function maxDiameter(sizing: Sizing, someMarked: boolean): number {
  return (someMarked ? sizing.marked : sizing.ordinary) * MAX_FACTOR * 2.2;
}

/** The size of a token by its importance, 0 … 255: the most important are larger, and the many others alike. */
export function sizeOfRank(rank: number, n: number): number {
  if (n <= FEW_POINTS) return Math.round((255 * (1 - MIN_FACTOR)) / (MAX_FACTOR - MIN_FACTOR));
  return Math.round(255 * Math.max(0, 1 - Math.log(rank + 1) / Math.log(n / 4)) ** 1.5);
}

/**
 * How far back a point lies among the visible ones: 0 in front … 1 at the back, as the shader has it. The front half
 * of the picture stays clear, so that colors keep their meaning.
 */
export function depthFraction(distance: number, depth: number): number {
  const front = Math.max(distance - 0.7, 0);
  return Math.min(Math.max((depth - front) / (Math.min(distance, 0.7) + 1.5), 0), 1);
}
