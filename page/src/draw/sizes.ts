/** How large points are, in CSS pixels: for picking, and for the GPU, which has the same formula in shaders.ts. */
import { FRONT, type Camera } from "../state/camera";

/** Up to here all points get labels, larger dots and, in 3-D, lines down to the ground. */
export const FEW = 50;

export interface Sizing {
  /** Diameter of an ordinary point at the target. */
  readonly ordinary: number;
  /** Diameter of a marked one. */
  readonly marked: number;
  readonly distance: number;
}

/** Four points are proper dots, a million are specks. All grow as the eye comes near, more slowly than the picture. */
export function sizing(n: number, nMarked: number, camera: Camera, width: number, height: number): Sizing {
  const window = Math.sqrt(Math.min(width, height) / 800);
  const near = Math.min(Math.max((FRONT.distance / camera.distance) ** 0.5, 0.8), 7);
  const byCount = (count: number) => Math.min(Math.max(34 * count ** -0.225, 1.5), 24);
  const ordinary = Math.max(byCount(n) * window * near, 1.2);
  // Marked points are fewer than all, so there is room for larger ones.
  const marked = Math.max(1.35 * ordinary, Math.min(byCount(Math.max(nMarked, 1)), 11) * window);
  return { ordinary, marked, distance: camera.distance };
}

/** Diameter at a distance from the eye. `size`: 0 … 255, how large among its like. */
export function diameter(sizing: Sizing, depth: number, size: number, marked: boolean): number {
  const perspective = Math.min(Math.max((sizing.distance / depth) ** 0.8, 0.5), 2.2);
  return (marked ? sizing.marked : sizing.ordinary) * (SMALLEST + (size / 255) * (LARGEST - SMALLEST)) * perspective;
}

export const SMALLEST = 0.85;
export const LARGEST = 1.6;

/** No point has a larger diameter. */
export function largest(sizing: Sizing, someMarked: boolean): number {
  return (someMarked ? sizing.marked : sizing.ordinary) * LARGEST * 2.2;
}

/** The size of a token among its like: the most important are larger, and the many others alike. */
export function sizeOfRank(rank: number, n: number): number {
  if (n <= FEW) return Math.round((255 * (1 - SMALLEST)) / (LARGEST - SMALLEST));
  return Math.round(255 * Math.max(0, 1 - Math.log(rank + 1) / Math.log(n / 4)) ** 1.5);
}

/**
 * How far back a point lies among those seen: 0 in front … 1 at the back, as the shader has it. Half of the picture
 * stays clear, so that colours keep their meaning.
 */
export function awayness(distance: number, depth: number): number {
  const front = Math.max(distance - 0.7, 0);
  return Math.min(Math.max((depth - front) / (Math.min(distance, 0.7) + 1.5), 0), 1);
}
