import { expect, test } from "vitest";
import { fitPoints, visibleOrigin } from "../../src/draw/fitting";
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

test("the lowest point is the lowest one drawn", () => {
  const points = Float32Array.of(0, 5, 10, 7, 2, 6);
  expect(fitPoints(points, 2).lowest).toBeCloseTo(Math.min(...drawn(points, 2).map(([, y]) => y)));
});

test("points that are not finite do not disturb the others", () => {
  expect(fitPoints(Float32Array.of(NaN, NaN, -2, 0, 2, 1), 2)).toEqual(fitPoints(Float32Array.of(-2, 0, 2, 1), 2));
});

test("a single point moves to the middle, and no points need no fitting", () => {
  expect(drawn(Float32Array.of(7, -9, 4), 3)).toEqual([[0, 0, 0]]);
  expect(fitPoints(new Float32Array(0), 3)).toEqual({ scale: 1, shift: [0, 0, 0], lowest: -1 });
});

test("the axes cross at the origin of the data, or at the nearest place inside the cube", () => {
  const origin = (...points: number[]) => visibleOrigin(fitPoints(Float32Array.from(points), 2)).map((x) => x + 0);
  expect(origin(-1, -1, 3, 1)).toEqual([-0.5, 0, 0]);
  expect(origin(100, 0, 102, 0)).toEqual([-1, 0, 0]);
});
