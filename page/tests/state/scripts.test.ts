import { expect, test } from "vitest";
import { display } from "../../src/state/display";
import { scriptOf } from "../../src/state/scripts";

// prettier-ignore
test.each([
  ["cat", "latin"], ["Ünïcode", "latin"], ["고양이", "hangul"], ["ㅋㅋ", "hangul"], ["漢字", "han"], ["ねこ", "kana"],
  ["кот", "cyrillic"], ["γάτα", "greek"], ["قط", "arabic"], ["חתול", "hebrew"], ["बिल्ली", "devanagari"], ["แมว", "thai"],
  ["կատու", "otherLetters"], ["3.14", "number"], ["...", "punctuation"], ["+", "symbol"], ["😀", "emoji"], ["🇰🇷", "emoji"],
  ["  ", "space"], ["<0x0A>", "byte"], ["", "empty"], ["▁the", "latin"], ["2nd", "latin"],
])("%j is written in %s", (token, script) => {
  expect(scriptOf(token)).toBe(script);
});

// prettier-ignore
test.each([
  ["cat", "cat"], ["New York", "New York"], [" the", "␣the"], ["\n\n", "⏎⏎"], ["a\tb", "a⇥b"], ["", "∅"], ["a  b", "a␣␣b"],
  ["\u0007", "␇"], ["\u200b", "[ZWSP]"], ["👩‍👧", "👩‍👧"], ["\ufeffx", "[BOM]x"], ["\u202e", "[U+202E]"],
])("%j is written %j", (token, shown) => {
  expect(display(token)).toBe(shown);
});
