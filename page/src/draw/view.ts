/** A camera and the map's size in CSS pixels: what turns points into places on the screen. */
import { NEAR, viewProjection, type Camera } from "../state/camera";

export interface View {
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
  /**
   * From places relative to the camera's target to clip coordinates: around an outlier a million units off, float32
   * has no digits left for a matrix that would move it to the middle.
   */
  readonly matrix: Float32Array;
}

/** A place in CSS pixels, and how far in front of the camera. */
export interface Place {
  x: number;
  y: number;
  depth: number;
}

export function createView(camera: Camera, width: number, height: number): View {
  return { camera, width, height, matrix: viewProjection({ ...camera, target: [0, 0, 0] }, width, height) };
}

/** Write the place of a point into `place`; false when it is behind the camera or NaN, and then nothing is written. */
export function project(view: View, x: number, y: number, z: number, place: Place): boolean {
  const { matrix: m, camera } = view;
  x -= camera.target[0];
  y -= camera.target[1];
  z -= camera.target[2];
  const depth = m[3] * x + m[7] * y + m[11] * z + m[15];
  if (!(depth >= camera.distance * NEAR)) return false;
  place.x = (((m[0] * x + m[4] * y + m[8] * z + m[12]) / depth + 1) * view.width) / 2;
  place.y = ((1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / depth) * view.height) / 2;
  place.depth = depth;
  return true;
}
