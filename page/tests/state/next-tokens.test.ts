import { expect, test } from "vitest";
import { shareOfOthers } from "../../src/state/next-tokens";

const listed = (...probabilities: number[]) => probabilities.map((probability) => ({ probability }));

test("what is not listed has the rest of the probability", () => {
  expect(shareOfOthers(listed(0.5, 0.25))).toBe(0.25);
  expect(shareOfOthers([])).toBe(1);
});

test("rounding leaves no less than nothing", () => {
  expect(shareOfOthers(listed(0.6, 0.3, 0.1, 1e-9))).toBe(0);
});
