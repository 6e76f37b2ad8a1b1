import { expect, test } from "vitest";
import type { Manifest } from "../../src/data/source";
import { FRONT } from "../../src/state/camera";
import {
  changes,
  comparisonEntries,
  comparisonFrom,
  type ComparisonState,
  movedFirst,
  presence,
  START_OF_COMPARISON,
} from "../../src/state/comparison";
import { momentsOf, hasVectorsOfAll, lastMoment } from "../../src/state/timeline";
import { fromHash, initialState, toHash } from "../../src/state/url";
import { compared, manifest } from "../fake-app";

test("all that is chosen about a comparison round-trips in the address", () => {
  const state: ComparisonState = {
    mapLayout: "one",
    linked: false,
    firstCamera: { ...FRONT, target: [0.25, -1, 0], distance: 1.5 },
    lines: "selected",
    movedScript: "hangul",
  };
  const start = START_OF_COMPARISON;
  expect(
    Object.keys(start).filter((key) =>
      Object.is(state[key as keyof ComparisonState], start[key as keyof ComparisonState]),
    ),
  ).toEqual([]);
  const parts = new URLSearchParams(comparisonEntries(state));
  expect(comparisonFrom(parts, compared, ["latin", "hangul"])).toEqual(state);
  expect(comparisonEntries(start)).toEqual([]);
});

test("values that are not allowed, and a page without a comparison, are as at the start", () => {
  const parts = new URLSearchParams("maps=three&lines=all&movedScript=klingon&firstCamera=1_2");
  expect(comparisonFrom(parts, compared, ["latin"])).toEqual({ ...START_OF_COMPARISON, moment: 1 });
  expect(comparisonFrom(new URLSearchParams("maps=one"), manifest, [])).toEqual(START_OF_COMPARISON);
});

test("an address shows the first table on one map alone: two maps show both", () => {
  const start = initialState(compared, "en");
  expect(fromHash("maps=one&moment=0", start, compared).moment).toBe(0);
  expect(fromHash("moment=0", start, compared).moment).toBe(1);
  expect(toHash({ ...start, mapLayout: "one", moment: 0 }, start)).toBe("moment=0&maps=one");
});

test("two tables that are compared are two moments, which nothing plays, colored by movement", () => {
  expect(lastMoment(compared)).toBe(1);
  expect(momentsOf(compared)).toEqual([]);
  expect(hasVectorsOfAll(compared)).toBe(true);
  expect(initialState(compared as Manifest, "en").colorBy).toBe("column:0");
});

test("what moved most comes first, equal ones by id; what moved no farther than noise, or has no movement, is left out", () => {
  const movement = Float32Array.of(0.5, NaN, 2, 0.25, 0.5);
  const noise = Float32Array.of(0.25, NaN, 0.25, 0.25, 0);
  expect([...movedFirst({ movement, noise }, () => true)]).toEqual([2, 0, 4]);
  expect([...movedFirst({ movement, noise }, (id) => id !== 2)]).toEqual([0, 4]);
});

test("the tables that a token is in", () => {
  const where = Uint16Array.of(1, 2, 3);
  expect([0, 1, 2].map((id) => presence({ where }, id))).toEqual([
    { first: true, second: true },
    { first: true, second: false },
    { first: false, second: true },
  ]);
});

test("a neighbor has left, joined or stayed", () => {
  const list = (...ids: number[]) => ids.map((id) => ({ id, score: 0.5 }));
  expect(changes(list(1, 2, 3), list(3, 4))).toEqual([
    ["left", "left", "stayed"],
    ["stayed", "joined"],
  ]);
});
