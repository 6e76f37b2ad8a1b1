import { expect, test } from "vitest";
import { scaleMarks } from "../../src/state/scale-marks";

test("a scale of logarithms has the powers of ten between its ends, at equal distances", () => {
  expect(scaleMarks(1, 10_000, true)).toEqual([
    { value: 1, at: 0 },
    { value: 10, at: 0.25 },
    { value: 100, at: 0.5 },
    { value: 1000, at: 0.75 },
    { value: 10_000, at: 1 },
  ]);
});

test("powers that would run into the ends are left out, and of very many every second", () => {
  expect(scaleMarks(9, 4512, true).map(({ value }) => value)).toEqual([9, 100, 1000, 4512]);
  const many = scaleMarks(1, 1e12, true);
  expect(many.length).toBeLessThanOrEqual(6);
  const gaps = many.slice(1).map(({ at }, i) => at - many[i].at);
  expect(Math.min(...gaps)).toBeGreaterThan(0.1);
});

test("other scales have their ends, and equal values one number", () => {
  expect(scaleMarks(-1, 3, false).map(({ value }) => value)).toEqual([-1, 3]);
  expect(scaleMarks(5, 5, true)).toEqual([{ value: 5, at: 0 }]);
});
