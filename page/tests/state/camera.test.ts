import { Matrix4, PerspectiveCamera, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import {
  OBLIQUE,
  FIELD_OF_VIEW,
  fit,
  FRONT,
  interpolate,
  orbit,
  pan,
  viewProjection,
  zoom,
  type Camera,
} from "../../src/state/camera";

const WIDTH = 1200;
const HEIGHT = 800;
const CAMERAS: Camera[] = [
  FRONT,
  OBLIQUE,
  { target: [0.3, -0.2, 0.5], distance: 0.7, azimuth: -2.4, elevation: -1.1 },
  { target: [-0.4, 0.1, 0], distance: 9, azimuth: 3, elevation: 1.5 },
];

function screen(camera: Camera, point: readonly number[], width = WIDTH, height = HEIGHT): [number, number] {
  const at = new Vector3(...(point as [number, number, number]));
  at.applyMatrix4(new Matrix4().fromArray(viewProjection(camera, width, height)));
  return [((at.x + 1) * width) / 2, ((1 - at.y) * height) / 2];
}

function expectSame(a: readonly number[], b: readonly number[], digits = 2): void {
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => expect(x).toBeCloseTo(b[i], digits));
}

describe("viewProjection", () => {
  test("equals three's perspective camera looking from the same eye at the same target", () => {
    for (const camera of CAMERAS) {
      const { target, distance, azimuth, elevation } = camera;
      const reference = new PerspectiveCamera(
        (FIELD_OF_VIEW * 180) / Math.PI,
        WIDTH / HEIGHT,
        distance / 50,
        distance * 1e4,
      );
      reference.position.set(
        target[0] + distance * Math.sin(azimuth) * Math.cos(elevation),
        target[1] + distance * Math.sin(elevation),
        target[2] + distance * Math.cos(azimuth) * Math.cos(elevation),
      );
      reference.lookAt(...(target as [number, number, number]));
      reference.updateMatrixWorld();
      const expected = new Matrix4().multiplyMatrices(reference.projectionMatrix, reference.matrixWorldInverse);
      expectSame([...viewProjection(camera, WIDTH, HEIGHT)], expected.elements, 4);
    }
  });

  test("shows the corners of [-1, 1]² in 2-D on a wide, a square and a tall map", () => {
    for (const [width, height] of [
      [1600, 700],
      [500, 500],
      [390, 844],
    ])
      for (const corner of [
        [-1, -1, 0],
        [1, 1, 0],
      ]) {
        const [x, y] = screen(FRONT, corner, width, height);
        expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
      }
  });
});

test("panning takes what is under the pointer along", () => {
  for (const camera of CAMERAS) {
    const [x, y] = screen(camera, camera.target);
    expectSame(screen(pan(camera, 37, -21, WIDTH, HEIGHT), camera.target), [x + 37, y - 21]);
  }
});

test("zooming keeps the place under the pointer", () => {
  const start: Camera = { ...FRONT, target: [0.2, -0.1, 0] };
  const point = [0.5, 0.3, 0];
  const [x, y] = screen(start, point);
  for (const factor of [0.1, 0.8, 1.7]) {
    const now = zoom(start, factor, x, y, WIDTH, HEIGHT);
    expect(now.distance).toBeCloseTo(start.distance * factor);
    expectSame(screen(now, point), [x, y]);
  }
});

test("zooming stops before the points turn inside out or vanish", () => {
  let camera = FRONT;
  for (let i = 0; i < 200; i++) camera = zoom(camera, 0.5, 0, 0, WIDTH, HEIGHT);
  expect(camera.distance).toBeGreaterThan(0);
  for (let i = 0; i < 200; i++) camera = zoom(camera, 2, 0, 0, WIDTH, HEIGHT);
  expect(camera.distance).toBeLessThan(100);
});

describe("orbit", () => {
  test("keeps the target in the middle of the view and never turns upside down", () => {
    let camera = CAMERAS[2];
    for (let i = 0; i < 50; i++) {
      camera = orbit(camera, 0.3, 0.2);
      expectSame(screen(camera, camera.target), [WIDTH / 2, HEIGHT / 2], 1);
      expect(Math.abs(camera.elevation)).toBeLessThanOrEqual(Math.PI / 2);
      expect(Math.abs(camera.azimuth)).toBeLessThanOrEqual(Math.PI + 1e-9);
    }
  });

  test("moves points in front of the target with the pointer", () => {
    const front = [0, 0, 1];
    const [x, y] = screen(FRONT, front);
    const [rightX] = screen(orbit(FRONT, 0.2, 0), front);
    const [, downY] = screen(orbit(FRONT, 0, 0.2), front);
    expect(rightX).toBeGreaterThan(x);
    expect(downY).toBeGreaterThan(y);
  });
});

describe("fit", () => {
  test("brings all points into view and fills most of it, from any direction", () => {
    const points = Float32Array.from({ length: 300 }, (_, i) => 0.4 * Math.sin(i * i) + 0.2 * (i % 3));
    for (const camera of CAMERAS)
      for (const [width, height] of [
        [1200, 800],
        [400, 900],
      ]) {
        const now = fit(camera, points, width, height);
        expect([now.azimuth, now.elevation]).toEqual([camera.azimuth, camera.elevation]);
        const places = Array.from({ length: 100 }, (_, i) =>
          screen(now, Array.from(points.slice(3 * i, 3 * i + 3)), width, height),
        );
        const xs = places.map(([x]) => x / width);
        const ys = places.map(([, y]) => y / height);
        expect(Math.min(...xs, ...ys)).toBeGreaterThan(0);
        expect(Math.max(...xs, ...ys)).toBeLessThan(1);
        const wide = Math.max(...xs) - Math.min(...xs);
        const tall = Math.max(...ys) - Math.min(...ys);
        expect(Math.max(wide, tall)).toBeGreaterThan(0.5);
      }
  });

  test("puts a lone point in the middle, with room around it", () => {
    const now = fit(OBLIQUE, Float32Array.of(0.5, -0.5, 0.25), WIDTH, HEIGHT);
    expectSame(screen(now, [0.5, -0.5, 0.25]), [WIDTH / 2, HEIGHT / 2]);
    expect(now.distance).toBeGreaterThan(0.1);
  });

  test("uses the part of the map that it is given", () => {
    const points = Float32Array.of(1, 0.6, -0.5, -1, -0.6, 0.1, 0.1, -0.5, 0.3, 0, 1, 0, NaN, NaN, NaN);
    for (const camera of CAMERAS)
      for (const room of [
        { x: 420, y: 0, width: 780, height: 800 },
        { x: 0, y: 40, width: 1200, height: 260 },
        { x: 50, y: 500, width: 300, height: 250 },
      ]) {
        const now = fit(camera, points, WIDTH, HEIGHT, room);
        for (let i = 0; i < 4; i++) {
          const [x, y] = screen(now, Array.from(points.slice(3 * i, 3 * i + 3)));
          expect(x > room.x && x < room.x + room.width && y > room.y && y < room.y + room.height).toBe(true);
        }
      }
  });

  test("shows points of any distance, from where panning and zooming go on", () => {
    const far = fit(FRONT, Float32Array.of(0, 0, 0, 1e6, 0, 0), WIDTH, HEIGHT);
    expectSame(screen(far, [5e5, 0, 0]), [WIDTH / 2, HEIGHT / 2], 0);
    expect(zoom(far, 2, 600, 400, WIDTH, HEIGHT).distance).toBe(far.distance);
    const at: Camera = { ...FRONT, target: [1e6, 0, 0] };
    expect(pan(at, 100, 0, WIDTH, HEIGHT).target[0]).toBeLessThan(1e6);
    expect(pan(at, 100, 0, WIDTH, HEIGHT).target[0]).toBeGreaterThan(1e6 - 1);
  });

  test("leaves the camera unchanged when there is nothing to see", () => {
    expect(fit(OBLIQUE, new Float32Array(0), WIDTH, HEIGHT)).toEqual(OBLIQUE);
    expect(fit(OBLIQUE, Float32Array.of(NaN, NaN, NaN), WIDTH, HEIGHT)).toEqual(OBLIQUE);
    const points = Float32Array.of(0.5, -0.5, 0.25, NaN, NaN, NaN, 0, 0, 0);
    const finite = Float32Array.of(0.5, -0.5, 0.25, 0, 0, 0);
    expect(fit(OBLIQUE, points, WIDTH, HEIGHT)).toEqual(fit(OBLIQUE, finite, WIDTH, HEIGHT));
  });
});

describe("interpolate", () => {
  test("starts and ends where it should", () => {
    expectSame(interpolate(FRONT, OBLIQUE, 0).target, FRONT.target);
    expect(interpolate(FRONT, OBLIQUE, 0).distance).toBe(FRONT.distance);
    expect(interpolate(FRONT, OBLIQUE, 1)).toEqual(OBLIQUE);
  });

  test("turns the shorter way around", () => {
    const from = { ...OBLIQUE, azimuth: 3 };
    const to = { ...OBLIQUE, azimuth: -3 };
    expect(Math.abs(interpolate(from, to, 0.5).azimuth)).toBeCloseTo(Math.PI);
  });

  test("an animated zoom keeps its place fixed all the way", () => {
    const to = zoom(FRONT, 0.1, 900, 200, WIDTH, HEIGHT);
    const scale = (2 * Math.tan(FIELD_OF_VIEW / 2) * FRONT.distance) / HEIGHT;
    const point = [(900 - WIDTH / 2) * scale, (HEIGHT / 2 - 200) * scale, 0];
    for (const t of [0, 0.25, 0.5, 0.9, 1]) expectSame(screen(interpolate(FRONT, to, t), point), [900, 200], 1);
  });
});

test("points without a place do not move the camera, and are left out among others", () => {
  expect(fit(FRONT, new Float32Array(6).fill(NaN), 800, 600)).toBe(FRONT);
  const [one, more] = [Float32Array.of(0.5, 0, 0), Float32Array.of(NaN, NaN, NaN, 0.5, 0, 0)];
  expect(fit(FRONT, more, 800, 600)).toEqual(fit(FRONT, one, 800, 600));
});
