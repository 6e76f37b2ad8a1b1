import { expect, test } from "vitest";
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
