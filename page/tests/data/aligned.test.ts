import { expect, test } from "vitest";
import { type Aligned, align, joinMarks, lowercase, nfc, oneSpace, prepended, slice } from "../../src/data/aligned";

/** Each UTF-16 unit of the text with the part of the original that it comes from. */
const origins = ({ text, starts, ends }: Aligned, original: string) =>
  Array.from({ length: text.length }, (_, at) => [text[at], original.slice(starts[at], ends[at])]);

test("a character comes from itself, both halves of a pair from the whole", () => {
  const text = "a👩";
  expect(origins(align(text), text)).toEqual([
    ["a", "a"],
    ["\ud83d", "👩"],
    ["\udc69", "👩"],
  ]);
});

test("a run of white space becomes one space, which comes from its first character", () => {
  const text = "a \t\nb";
  expect(origins(oneSpace(align(text)), text)).toEqual([
    ["a", "a"],
    [" ", " "],
    ["b", "b"],
  ]);
});

test("lower case works character by character, and may be longer", () => {
  const text = "İΣ";
  expect(origins(lowercase(align(text)), text)).toEqual([
    ["i", "İ"],
    ["\u0307", "İ"],
    ["σ", "Σ"],
  ]);
});

test("composed Hangul comes from the first of its letters", () => {
  const text = "영".normalize("NFD");
  const composed = nfc(align(text));
  expect(origins(composed, text)).toEqual([["영", text[0]]]);
});

test("a prefix comes from the first character, and a slice keeps its places", () => {
  const text = "ab";
  const marked = prepended(align(text), "▁");
  expect(origins(marked, text)).toEqual([
    ["▁", "a"],
    ["a", "a"],
    ["b", "b"],
  ]);
  expect(origins(slice(marked, 2, 3), text)).toEqual([["b", "b"]]);
});

test("spans take in the combining marks after them, but not those of the next span", () => {
  const text = "e\u0301a";
  const spans = [
    { start: 0, end: 1 },
    { start: 2, end: 3 },
  ];
  joinMarks(spans, text);
  expect(spans).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 3 },
  ]);
});
