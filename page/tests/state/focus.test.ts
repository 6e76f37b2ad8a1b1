import { expect, test } from "vitest";
import { focusOf, type FocusState, NAMED } from "../../src/state/focus";
import { NO_ANALOGY } from "../../src/state/state";

const START: FocusState = { chosen: null, lesson: null, colorBy: "none", metric: "cosine", analogy: NO_ANALOGY };
const many = Array.from({ length: 25 }, (_, at) => ({ id: 40 + at, score: 0.9 - at / 100 }));

function focus(state: Partial<FocusState>, neighbors: typeof many | null = many, answer: number | null = null) {
  return focusOf({ ...START, ...state }, neighbors, answer, true, "en-US");
}

test("a chosen token is in focus with its neighbors, of which the first ten are named", () => {
  const { isFocus, neighbors, similarities } = focus({ chosen: 7 });
  expect(isFocus).toBe(true);
  expect(neighbors).toEqual(many.map(({ id }) => id));
  expect(similarities).toHaveLength(NAMED);
  expect(similarities.slice(0, 2)).toEqual(["0.90", "0.89"]);
});

test("it is in focus at once, before its neighbors are known", () => {
  expect(focus({ chosen: 7 }, null)).toMatchObject({ isFocus: true, neighbors: [], similarities: [] });
});

test("distances are written as distances, and cosines below 0 with a minus sign", () => {
  const near = [{ id: 1, score: -12.3456 }];
  expect(focus({ chosen: 7, metric: "euclidean" }, near).similarities).toEqual(["12.3"]);
  expect(focus({ chosen: 7 }, [{ id: 1, score: -0.125 }]).similarities).toEqual(["\u22120.13"]);
});

test("without a token and an analogy there is no focus, nor in the lesson, nor in a file without vectors", () => {
  expect(focus({}).isFocus).toBe(false);
  expect(focus({ chosen: 7, lesson: 2, analogy: [1, 2, 3] }, many, 4)).toMatchObject({ isFocus: false, arrows: [] });
  expect(focusOf({ ...START, chosen: 7 }, null, null, false, "en-US").isFocus).toBe(false);
});

test("an analogy has an arrow from a to b, and from c to the answer once it is known", () => {
  expect(focus({ analogy: [1, null, 3] }).arrows).toEqual([]);
  expect(focus({ analogy: [1, 2, 3] })).toMatchObject({ isFocus: true, neighbors: [], arrows: [[1, 2]] });
  expect(focus({ analogy: [1, 2, 3] }, null, 4).arrows).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("colors that say how near each token is are kept", () => {
  expect(focus({ chosen: 7, colorBy: "similarity" }).keepsColors).toBe(true);
  expect(focus({ chosen: 7, colorBy: "cluster" }).keepsColors).toBe(false);
  expect(focus({ colorBy: "similarity", analogy: [1, 2, 3] }).keepsColors).toBe(false);
});
