import { expect, test } from "vitest";
import { display } from "../../src/state/display";

// prettier-ignore
test.each([
  ["cat", "cat"], ["New York", "New York"], [" the", "␣the"], ["\n\n", "⏎⏎"], ["a\tb", "a⇥b"], ["", "∅"], ["a  b", "a␣␣b"],
  ["\u11ab다", "ㄴ다"], ["\u11af", "ㄹ"], ["\u1112\u1161\u11ab", "한"], ["하\u11ab", "한"], ["한\u11ab", "한ㄴ"], ["\u1112\u1161\u1112", "하ㅎ"],
  ["\u0007", "␇"], ["\u200b", "[ZWSP]"], ["👩‍👧", "👩‍👧"], ["\ufeffx", "[BOM]x"], ["\u202e", "[U+202E]"],
])("%j is written %j", (token, shown) => {
  expect(display(token)).toBe(shown);
});
