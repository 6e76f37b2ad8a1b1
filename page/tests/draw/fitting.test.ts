import { describe, expect, test } from "vitest";
import { fitPoints, keptFitting, NO_FITTING, visibleOrigin } from "../../src/draw/fitting";
import { randoms } from "./helpers";

const next = randoms();

function drawn(points: Float32Array, dims: 2 | 3): number[][] {
  const { scale, shift } = fitPoints(points, dims);
  return Array.from({ length: points.length / dims }, (_, id) =>
    Array.from(points.subarray(dims * id, dims * (id + 1)), (value, axis) => value * scale + shift[axis]),
  );
}

test.each([2, 3] as const)(
  "points in %i dimensions fill [-1, 1] on their longest axis, in the middle of it",
  (dims) => {
    const points = Float32Array.from({ length: 100 * dims }, (_, i) => 40 + next() * (i % dims === 1 ? 200 : 70));
    const places = drawn(points, dims);
    const [low, high] = [Math.min, Math.max].map((extreme) =>
      Array.from({ length: dims }, (_, axis) => extreme(...places.map((place) => place[axis]))),
    );
    expect(low[1]).toBeCloseTo(-1, 5);
    expect(high[1]).toBeCloseTo(1, 5);
    for (let axis = 0; axis < dims; axis++) {
      expect(low[axis]).toBeCloseTo(-high[axis], 5);
      expect(high[axis]).toBeLessThanOrEqual(1 + 1e-6);
    }
  },
);

test("all axes share one scale, so distances keep their proportions", () => {
  const [a, b, c] = drawn(Float32Array.of(0, 0, 0, 3, 0, 0, 0, 12, 0), 3);
  const distance = (p: number[], q: number[]) => Math.hypot(...p.map((value, axis) => value - q[axis]));
  expect(distance(a, c) / distance(a, b)).toBeCloseTo(4);
});

test("the lowest and the highest place are those of the points as drawn", () => {
  const points = Float32Array.of(0, 5, 10, 7, 2, 6);
  const { low, high } = fitPoints(points, 2);
  const heights = drawn(points, 2).map(([, y]) => y);
  expect(low[1]).toBeCloseTo(Math.min(...heights));
  expect(high[1]).toBeCloseTo(Math.max(...heights));
});

describe("outliers", () => {
  const four = [1.12, -1.39, 0.3, 0.4, -0.9, 0.1, 1, 1.6];

  test.each([1e6, -1e6, 1e30])("at %d do not shrink the others", (far) => {
    const fitting = fitPoints(Float32Array.of(...four, far, 0.5), 2);
    expect(fitting).toEqual({ ...fitPoints(Float32Array.from(four), 2), hasOutliers: true });
  });

  test("are points far outside of nine in ten, in a table of any size", () => {
    for (const n of [3, 4, 10, 100, 5000]) {
      const points = Float32Array.from({ length: 3 * n }, next);
      expect(fitPoints(points, 3).hasOutliers).toBe(false);
      points[3 * (n - 1)] = 1e6;
      const { hasOutliers, scale } = fitPoints(points, 3);
      expect([hasOutliers, scale > 1]).toEqual([true, true]);
    }
  });

  test("are none of two points, nor a few points apart from many at one place, nor of a long tail", () => {
    expect(fitPoints(Float32Array.of(0, 0, 1e6, 0), 2).hasOutliers).toBe(false);
    expect(fitPoints(Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 50, 1), 2).hasOutliers).toBe(false);
    const tail = Float32Array.from({ length: 2000 }, (_, i) => (i % 2 ? next() : Math.exp(2 * next())));
    expect(fitPoints(tail, 2).hasOutliers).toBe(false);
  });
});

test("points that are not finite do not disturb the others", () => {
  expect(fitPoints(Float32Array.of(NaN, NaN, -2, 0, 2, 1), 2)).toEqual(fitPoints(Float32Array.of(-2, 0, 2, 1), 2));
});

test("a single point moves to the middle, and no points need no fitting", () => {
  expect(drawn(Float32Array.of(7, -9, 4), 3)).toEqual([[0, 0, 0]]);
  expect(fitPoints(new Float32Array(0), 3)).toBe(NO_FITTING);
  expect(fitPoints(Float32Array.of(NaN, NaN), 2)).toBe(NO_FITTING);
});

test("points at one place are seen together with the origin, whatever their size", () => {
  for (const size of [1e-20, 0.5, 300, 1e30]) {
    const fitting = fitPoints(Float32Array.of(size, size / 2, size, size / 2), 2);
    expect(fitting.scale * size).toBeCloseTo(1, 5);
    expect(visibleOrigin(fitting)[0]).toBeCloseTo(-1, 5);
    expect(visibleOrigin(fitting)[1]).toBeCloseTo(-0.5, 5);
  }
});

test("the axes cross at the origin of the data, or at the nearest place inside the cube", () => {
  const origin = (...points: number[]) => visibleOrigin(fitPoints(Float32Array.from(points), 2)).map((x) => x + 0);
  expect(origin(-1, -1, 3, 1)).toEqual([-0.5, 0, 0]);
  expect(origin(100, 0, 102, 0)).toEqual([-1, 0, 0]);
  expect(origin(0.2, 0, 2.2, 0)[0]).toBeCloseTo(-1.2);
});

test("points that follow others keep their fitting until they outgrow it, or leave too much of it empty", () => {
  const square = (half: number, x = 0) => Float32Array.of(x - half, -half, x + half, half);
  const before = fitPoints(square(10), 2);
  for (const after of [square(10.9), square(9.1), square(10, 0.9)]) expect(keptFitting(after, 2, before)).toBe(before);
  for (const after of [square(11.1), square(8.9), square(10, 1.1), Float32Array.of(-10, -5, 10, 5)])
    expect(keptFitting(after, 2, before)).toEqual(fitPoints(after, 2));
});
