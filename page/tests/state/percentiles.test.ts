import { expect, test } from "vitest";
import { standing, total } from "../../src/state/percentiles";

test("rank and the number of smaller values are those of scipy.stats", () => {
  // n + 1 - rankdata(values, "max") and n * percentileofscore(values, value, kind="strict") / 100, scipy 1.16
  const values = Float32Array.of(3, 1, 4, 1, 5, 9, 2, 6);
  expect(standing(values, 1)).toEqual({ rank: 7, n: 8, smaller: 0 });
  expect(standing(values, 4)).toEqual({ rank: 4, n: 8, smaller: 4 });
  expect(standing(values, 9)).toEqual({ rank: 1, n: 8, smaller: 7 });
});

test("rank 2 of 4 is longer than 2 of the 3 others", () => {
  expect(standing([1.1, 1.8, 2.2, 0.9], 1.8)).toEqual({ rank: 2, n: 4, smaller: 2 });
});

test("equal values are not smaller, and NaN is left out", () => {
  expect(standing([2, 2, 2], 2)).toEqual({ rank: 1, n: 3, smaller: 0 });
  expect(standing([NaN, 1, 2], 2)).toEqual({ rank: 1, n: 2, smaller: 1 });
  expect(standing([], 2)).toEqual({ rank: 1, n: 0, smaller: 0 });
});

test("a total is a sum", () => {
  expect(total(Float64Array.of(1, 2, 3.5))).toBe(6.5);
});
