import { expect, test } from "vitest";
import type { AxisShare, Why } from "../../src/data/why";
import { axesOf, pairEntry, pairFrom, sumRows } from "../../src/state/why";

function share(axis: number, contribution: number): AxisShare {
  return { axis, tokens: [axis], contribution, p: 0.5, isSignificant: false };
}

function sumOf(contributions: readonly number[], mean: number, outside = 0): Why {
  const shares = contributions.map((each, at) => share(at + 1, each)).sort((a, b) => b.contribution - a.contribution);
  const similarity = contributions.reduce((sum, each) => sum + each, mean + outside);
  return { similarity, mean, outside, converged: true, shares };
}

test("the axes that count most are shown whatever their sign, the greatest first", () => {
  const rows = sumRows(sumOf([0.01, -0.3, 0.2, 0.02], 0.1), 2, 3);
  expect(rows.map(({ of, n, value }) => [typeof of === "string" ? of : of.axis, n, value])).toEqual([
    [3, 1, 0.2],
    [2, 1, -0.3],
    ["others", 2, 0.03],
    ["mean", 0, 0.1],
  ]);
});

test("what is written adds up to the cosine that is written, however many numbers are rounded", () => {
  for (let seed = 1; seed < 200; seed++) {
    const contributions = Array.from({ length: 20 }, (_, at) => Math.sin(seed * 37 + at * 91) / 30);
    const why = sumOf(contributions, Math.sin(seed) / 9, seed % 3 ? 0 : Math.cos(seed) / 9);
    for (const n of [3, 8, 20, 50]) {
      const sum = sumRows(why, n, 3).reduce((total, { value }) => total + Math.round(1000 * value), 0);
      expect(sum).toBe(Math.round(1000 * why.similarity));
    }
  }
});

test("directions outside of all axes are a row of their own where there are any", () => {
  const kinds = (why: Why) => sumRows(why, 1, 3).map(({ of }) => (typeof of === "string" ? of : "axis"));
  expect(kinds(sumOf([0.1, 0.2], 0.1, 1e-9))).toEqual(["axis", "others", "mean"]);
  expect(kinds(sumOf([0.1, 0.2], 0.1, -0.2))).toEqual(["axis", "others", "outside", "mean"]);
});

test("an answer names all axes of the table, in their order", () => {
  expect(axesOf(sumOf([0.1, 0.3, 0.2], 0)).axes).toEqual([[1], [2], [3]]);
});

test("a pair in the address is two different tokens of the table", () => {
  expect(pairFrom(pairEntry([3, 0]), 4)).toEqual([3, 0]);
  for (const text of [null, "", "3", "3~4", "3~3", "3~0~1", "a~1", "-1~2"]) expect(pairFrom(text, 4)).toBeNull();
});
