import { expect, test } from "vitest";
import { countScripts, soleScript } from "../../src/data/scripts";
import { TokenTable } from "../../src/data/tokens";

// What script_of of tovec/text/scripts.py gives; tests/text/test_scripts.py has the same table.
test.each([
  ["cat", "latin"],
  ["don't 7", "latin"],
  ["café", "latin"],
  ["ｃａｔ", "latin"],
  ["영화", "hangul"],
  ["ㅋㅋ", "hangul"],
  ["\u1112\u1161\u11ab", "hangul"],
  ["日本", "han"],
  ["人々", "han"],
  ["コーヒー", "kana"],
  ["ひらがな", "kana"],
  ["кот", "cyrillic"],
  ["γάτα", "greek"],
  ["قطة", "arabic"],
  ["חתול", "hebrew"],
  ["बिल्ली", "devanagari"],
  ["แมว", "thai"],
  ["개dog", null],
  ["日本の", null],
  ["42", null],
  ["", null],
  ["ª", null],
  ["ʰ", null],
  ["ａ1개", null],
])("%j is of the script %j", (token, script) => {
  expect(soleScript(token)).toBe(script);
});

test("tokens are counted by script, the most first, special ones left out", () => {
  const names = ["cat", "개", "dog", "<s>", "1", "새", "mat"];
  const ends = names.map((_, at) => names.slice(0, at).join("").length);
  const tokens = new TokenTable(names.join(""), Uint32Array.of(...ends, names.join("").length));
  expect(countScripts(tokens, [3])).toEqual([
    { script: "latin", n: 3 },
    { script: "hangul", n: 2 },
  ]);
});
