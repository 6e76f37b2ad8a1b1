import { expect, test } from "vitest";
import { standing, total } from "../../src/state/percentiles";

test("rank and percentile are those of scipy.stats", () => {
  // n + 1 - rankdata(values, "max") and percentileofscore(values, value, kind="mean") / 100, scipy 1.16
  const values = Float32Array.of(3, 1, 4, 1, 5, 9, 2, 6);
  expect(standing(values, 1)).toEqual({ rank: 7, percentile: 0.125 });
  expect(standing(values, 4)).toEqual({ rank: 4, percentile: 0.5625 });
  expect(standing(values, 9)).toEqual({ rank: 1, percentile: 0.9375 });
});

test("equal values have percentile one half, and NaN is left out", () => {
  expect(standing([2, 2, 2], 2)).toEqual({ rank: 1, percentile: 0.5 });
  expect(standing([NaN, 1, 2], 2)).toEqual({ rank: 1, percentile: 0.75 });
  expect(standing([], 2)).toEqual({ rank: 1, percentile: 0 });
});

test("a total is a sum", () => {
  expect(total(Float64Array.of(1, 2, 3.5))).toBe(6.5);
});
