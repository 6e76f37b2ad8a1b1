import { expect, test } from "vitest";
import {
  bestPairs,
  distinctPairs,
  fallOf,
  isFromStart,
  leadOf,
  looksRandom,
  meanOf,
  meetingOf,
  metAt,
  shareOfWay,
} from "../../src/state/meaning-lesson";
import { film } from "../fake-app";

const pair = (a: number, b: number, ...similarities: number[]) => ({ pair: [a, b] as const, similarities });

test("the pairs that rose most come first, each word once, those without a direction not at all", () => {
  const found = [
    pair(0, 1, 0, 0.5),
    pair(1, 2, 0.1, 0.9),
    pair(3, 4, 0, 0.2),
    pair(5, 6, NaN, 1),
    pair(7, 8, 0.9, 0.1),
  ];
  expect(bestPairs(found, 2)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(bestPairs(found, 9)).toHaveLength(3);
});

test("that two words pointed away from each other by chance is no rise", () => {
  expect(bestPairs([pair(0, 1, -0.4, 0.5), pair(2, 3, 0, 0.6)], 1)).toEqual([[2, 3]]);
});

test("a pair is one whichever word comes first, and a word with its own plural is none", () => {
  const words = ["king", "queen", "Kings"];
  const pairs = [[0, 1] as const, [1, 0] as const, [0, 2] as const, [1, 1] as const, [1, 2] as const];
  expect(distinctPairs(pairs, (id) => words[id])).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

test("two words meet where their similarity comes to stay above half of its last value", () => {
  expect(meetingOf([0, 0.5, 0.2, 0.4, 0.6])).toEqual({ from: 0, to: 0.6, moment: 3, isFromStart: false });
  expect(meetingOf([0.4, 0.5, 0.6])).toEqual({ from: 0.4, to: 0.6, moment: 0, isFromStart: true });
  expect(meetingOf([NaN, 0.1, NaN, 0.8])).toEqual({ from: 0.1, to: 0.8, moment: 3, isFromStart: false });
});

test.each([
  ["falls", [0.6, 0.2]],
  ["stays", [0.3, 0.3]],
  ["rises to less than nothing", [-0.6, -0.2]],
])("two words whose similarity %s do not meet", (_, values) => {
  expect(meetingOf(values)).toMatchObject({ moment: null, from: values[0], to: values[1] });
});

test("with one value or none there is nothing to compare", () => {
  for (const values of [[], [NaN, NaN], [NaN, 0.4]]) expect(meetingOf(values).from).toBeNaN();
});

test("half of the fall of a loss is done where it comes to stay below the middle", () => {
  expect(fallOf([NaN, 4, 2.9, 2.2, 2.1, 2])).toEqual({ from: 4, to: 2, moment: 2, isFromStart: false });
  expect(fallOf([2, 3]).moment).toBeNull();
  expect(fallOf([2, 2]).moment).toBeNull();
});

test("a moment lies on the way by what was read, not by its number", () => {
  expect(shareOfWay(film, 1)).toBe(0.25);
  const unknown = film.timeline!.moments.map((moment) => ({ ...moment, progress: null }));
  expect(shareOfWay({ ...film, timeline: { ...film.timeline!, moments: unknown } }, 1)).toBeNull();
});

test("only a first moment at 0 ids or steps is from before training", () => {
  expect(isFromStart(film)).toBe(true);
  expect(isFromStart({ ...film, timeline: { ...film.timeline!, unit: "" } })).toBe(false);
  expect(isFromStart({ ...film, timeline: { ...film.timeline!, moments: film.timeline!.moments.slice(1) } })).toBe(
    false,
  );
  expect(isFromStart({ ...film, timeline: null })).toBe(false);
});

/** The cosines of the first of `n` rows, whose numbers are uniform between -1/2 and 1/2 plus `common`, with all. */
function cosines(n: number, dim: number, common: number): number[] {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  const rows = Array.from({ length: n }, () => Array.from({ length: dim }, () => random() + common));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at], 0);
  return rows.map((row) => dot(rows[0], row) / Math.sqrt(dot(rows[0], rows[0]) * dot(row, row)));
}

test("random rows look random, rows with something in common do not, and of a few numbers nobody knows", () => {
  expect(looksRandom(cosines(2000, 100, 0), 0, 100)).toBe(true);
  expect(looksRandom(cosines(2000, 100, 0.2), 0, 100)).toBe(false);
  const oneFriend = cosines(2000, 100, 0).map((value, at) => (at === 7 ? 0.9 : value));
  expect(looksRandom(oneFriend, 0, 100)).toBe(false);
  expect(looksRandom(cosines(4, 100, 0), 0, 100)).toBe(false);
  expect(looksRandom(cosines(2000, 2, 0), 0, 2)).toBe(false);
});

test("a mean leaves out what has no value", () => {
  expect(
    meanOf([
      [1, NaN, NaN],
      [3, 4, NaN],
    ]),
  ).toEqual([2, 4, NaN]);
  expect(meanOf([])).toEqual([]);
});

test("while all words are alike two of them have not met", () => {
  const similarities = [0, 0.9, 0.8, 0.7, 0.8];
  expect(leadOf(similarities, [0, 0.9, 0.7, 0.2, 0.1])).toMatchObject({ moment: 3 });
  expect(metAt(similarities, [0, 0.9, 0.7, 0.2, 0.1])).toBe(3);
  expect(leadOf(similarities, [0, 0, 0, 0, 0])).toBeNull();
  expect(metAt(similarities, [0, 0, 0, 0, 0])).toBe(1);
  expect(metAt(similarities, [NaN, NaN, NaN, NaN, NaN])).toBe(1);
  expect(metAt([0.8, 0.2], [0, 0])).toBeNull();
});
