/** A camera and the map's size in CSS pixels: what turns points into places on the screen. */
import { viewProjection, type Camera } from "../state/camera";

export interface View {
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
  readonly matrix: Float32Array;
}

/** A place in CSS pixels, and how far in front of the camera. */
export interface Place {
  x: number;
  y: number;
  depth: number;
}

export function createView(camera: Camera, width: number, height: number): View {
  return { camera, width, height, matrix: viewProjection(camera, width, height) };
}

/** Write the place of a point into `place`; false when it is behind the camera or has none, and nothing is written. */
export function project(view: View, x: number, y: number, z: number, place: Place): boolean {
  const m = view.matrix;
  const depth = m[3] * x + m[7] * y + m[11] * z + m[15];
  if (!(depth >= view.camera.distance / 50)) return false; // also a point without a place, NaN
  place.x = (((m[0] * x + m[4] * y + m[8] * z + m[12]) / depth + 1) * view.width) / 2;
  place.y = ((1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / depth) * view.height) / 2;
  place.depth = depth;
  return true;
}
