import { expect, it } from "vitest";
import { byImportance } from "../../src/state/importance";

it("puts the frequent first and keeps ties in table order", () => {
  expect([...byImportance(4, Float64Array.of(1, 5, 1, 9))]).toEqual([3, 1, 0, 2]);
  expect([...byImportance(3, null)]).toEqual([0, 1, 2]);
});

it("puts special tokens, which stand for no text, last", () => {
  expect([...byImportance(4, null, [0, 2])]).toEqual([1, 3, 0, 2]);
  expect([...byImportance(3, Float64Array.of(9, 1, 5), [0])]).toEqual([2, 1, 0]);
});
