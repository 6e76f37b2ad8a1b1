import { expect, test } from "vitest";
import { display } from "../../src/state/display";

// prettier-ignore
test.each([
  ["cat", "cat"], ["New York", "New York"], [" the", "␣the"], ["\n\n", "⏎⏎"], ["a\tb", "a⇥b"], ["", "∅"], ["a  b", "a␣␣b"],
  ["\u0007", "␇"], ["\u200b", "[ZWSP]"], ["👩‍👧", "👩‍👧"], ["\ufeffx", "[BOM]x"], ["\u202e", "[U+202E]"],
])("%j is written %j", (token, shown) => {
  expect(display(token)).toBe(shown);
});
