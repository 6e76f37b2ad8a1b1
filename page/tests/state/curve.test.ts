import { expect, test } from "vitest";
import { curvePath, rangeOf } from "../../src/state/curve";

test("lines share a scale, from the highest value of all at the top to the lowest", () => {
  const range = rangeOf([Float32Array.of(4, 2, NaN), [3, 1, 2]])!;
  expect(range).toEqual([1, 4]);
  expect(curvePath([4, 1, 2.5], range)).toBe("M0 0L1 1L2 0.5");
});

test("a moment without a value is left out, and a line goes on after it", () => {
  expect(curvePath([NaN, 4, NaN, 1], [1, 4])).toBe("M1 0L3 1");
  expect(curvePath([NaN], [1, 4])).toBe("");
});

test("equal values lie in the middle, and without any there is no scale", () => {
  expect(curvePath([7, 7], rangeOf([[7, 7]])!)).toBe("M0 0.5L1 0.5");
  expect(rangeOf([[NaN], []])).toBeNull();
});
