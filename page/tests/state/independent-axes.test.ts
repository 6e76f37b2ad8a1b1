import { expect, test } from "vitest";
import { hasIndependentAxes, independentFrom, NONE_INDEPENDENT, shownAsAxis } from "../../src/state/independent-axes";
import { film, manifest } from "../fake-app";

const EMPTY = { from: "", to: "" };
const WORDS = { from: "man", to: "woman" };

test("an axis of the map that says nothing gets another independent axis, so that there is a picture", () => {
  const before = { axes: [EMPTY, EMPTY, EMPTY], independent: NONE_INDEPENDENT, dims: 2 } as const;
  expect(shownAsAxis(before, 0, 27, [27, 5, 9])).toEqual({ method: "axes", independent: [27, 5, 0] });
  expect(shownAsAxis({ ...before, dims: 3 }, 1, 5, [27, 5, 9])).toEqual({ method: "axes", independent: [27, 5, 9] });
});

test("an axis of the map that is said stays as it is", () => {
  const words = { axes: [WORDS, WORDS, EMPTY], independent: NONE_INDEPENDENT, dims: 2 } as const;
  expect(shownAsAxis(words, 1, 27, [3])).toEqual({ method: "axes", independent: [0, 27, 0] });
  const other = { axes: [EMPTY, EMPTY, EMPTY], independent: [8, 0, 0], dims: 2 } as const;
  expect(shownAsAxis(other, 1, 27, [3])).toEqual({ method: "axes", independent: [8, 27, 0] });
});

test("they are of a server alone, and of one table", () => {
  expect([manifest, film, { ...manifest, explains: null }].map(hasIndependentAxes)).toEqual([true, false, false]);
  expect(independentFrom("4_0_12", manifest)).toEqual([4, 0, 12]);
  expect(independentFrom("4_0_12", { ...manifest, explains: null })).toEqual(NONE_INDEPENDENT);
  for (const text of [null, "", "4", "4_5", "a_b_c", "-1_0_0"])
    expect(independentFrom(text, manifest)).toEqual(NONE_INDEPENDENT);
});
