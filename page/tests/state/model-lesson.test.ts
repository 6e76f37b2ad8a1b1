import { expect, test } from "vitest";
import type { TrainingStep } from "../../src/data/language-model";
import type { Piece } from "../../src/data/source";
import {
  differenceOf,
  dot,
  isOfItsKind,
  isReadAlike,
  modelText,
  moveOf,
  ofText,
  sharedTokens,
  shownRowsOf,
  TWO_MEANINGS,
  twoTexts,
} from "../../src/state/model-lesson";

const ids = new Map<string, number>();

/** A text whose tokens are separated by "|", which are not in it. */
function tokenized(marked: string, known = true): { text: string; pieces: Piece[] } {
  let end = 0;
  const pieces = marked.split("|").map((token): Piece => {
    const start = end;
    end += token.length;
    if (!ids.has(token)) ids.set(token, ids.size);
    return { start, end, token, id: ids.get(token)!, known };
  });
  return { text: marked.replaceAll("|", ""), pieces };
}

const tokens = (...some: number[]) => some.map((id) => ({ id }));

test("a model knows texts of which its tokens are longer than letters and bytes", () => {
  expect(isOfItsKind(tokenized("the| war| in| the| north"))).toBe(true);
  expect(isOfItsKind(tokenized("t|h|e| |w|a|r"))).toBe(false);
  expect(isOfItsKind(tokenized("배|를| 타|고"))).toBe(true);
  const bytes = Array.from({ length: 9 }, (_, id): Piece => ({ start: 0, end: 3, token: `<${id}>`, id, known: true }));
  expect(isOfItsKind({ text: "배나무", pieces: bytes })).toBe(false);
  expect(isOfItsKind(tokenized("the| war", false))).toBe(false);
});

test("the text of the lesson is one that the model knows, else frequent words of its own", () => {
  const frequent = ["▁the", "▁river", "▁north", "▁island", "▁south", "▁water"];
  const long = tokenized("the| war| in| the| north| of| the| land");
  const short = tokenized("the| war| in| the| north");
  expect(modelText([tokenized("t|h|e| |c|a|t"), long, short], frequent, "en", 6)).toBe(short.text);
  expect(modelText([long], frequent, "en", 6)).toBe(long.text);
  expect(modelText([tokenized("t|h|e| |c|a|t")], frequent, "en", 6)).toBe("river north island south");
});

test("two texts are those whose word is one token in both, else made of frequent words before the same one", () => {
  const offered = [
    { word: "bank", texts: ["the river bank", "the money bank"] },
    { word: "spring", texts: ["the flowers in spring", "the water of the spring"] },
  ] as const;
  const cut = [tokenized("the| river| b|ank"), tokenized("the| money| b|ank")];
  const whole = [tokenized("the| flowers| in| spring"), tokenized("the| water| of| the| spring")];
  expect(twoTexts(offered, [...cut, ...whole], [], "en")).toEqual(offered[1].texts);
  const spelledInBytes = whole.map(({ text, pieces }) => ({
    text,
    pieces: pieces.map((piece) => ({ ...piece, token: `Ġ${piece.id}` })),
  }));
  expect(twoTexts(offered, spelledInBytes, [], "en")).toEqual(offered[1].texts);
  const [a, b] = twoTexts(offered, cut, ["river", "north", "island", "south", "water"], "en");
  expect([a, b]).toEqual(["north island river", "south water river"]);
  expect(twoTexts(offered, [], ["cat"], "en")).toEqual(["cat cat cat", "cat cat cat"]);
});

test("in all examples the word comes last, after other words", () => {
  for (const { word, texts } of Object.values(TWO_MEANINGS).flat()) {
    expect(texts.map((text) => text.split(" ").at(-1))).toEqual([word, word]);
    expect(texts[0].split(" ").at(-2)).not.toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[1]);
  }
});

test("tokens in both texts: the one that both end with, then longer ones", () => {
  const a = tokenized("the| river| is| by| the| bank");
  const b = tokenized("the| money| is| river| in| the| bank");
  const named = sharedTokens(a, b).map(({ id }) => [...ids.keys()][id]);
  expect(named).toEqual([" bank", " river", " the", "the", " is"]);
  expect(sharedTokens(a, tokenized("nothing"))).toEqual([]);
  expect(sharedTokens(tokenized("?", false), tokenized("?", false))).toEqual([]);
});

test("a model reads alike what has the same tokens before it", () => {
  expect(isReadAlike([tokens(1, 2, 3), tokens(1, 2, 3, 9)], [2, 2])).toBe(true);
  expect(isReadAlike([tokens(3), tokens(3, 4)], [0, 0])).toBe(true);
  expect(isReadAlike([tokens(1, 2, 3), tokens(1, 4, 3)], [2, 2])).toBe(false);
  expect(isReadAlike([tokens(1, 3), tokens(3)], [1, 0])).toBe(false);
});

test.each([
  [1, "same"],
  [0.95, "little"],
  [0.89, "clear"],
  [-0.2, "clear"],
  [NaN, "clear"],
] as const)("a cosine of %d is a difference that is %s", (cosine, difference) => {
  expect(differenceOf(cosine)).toBe(difference);
});

test("the token that stands before each text is not one of the text", () => {
  expect(ofText(tokens(0, 5, 0), 0)).toEqual(tokens(5, 0));
  expect(ofText(tokens(5, 0), 0)).toEqual(tokens(5, 0));
  expect(ofText(tokens(0, 5), null)).toEqual(tokens(0, 5));
  expect(ofText([], 0)).toEqual([]);
});

test("how far a row moved, and what that made of its score", () => {
  const row = { table: "output", id: 1, before: [3, 4], after: [3, 9] } as const;
  expect(moveOf(row, [1, 2])).toEqual({ difference: [0, 5], share: 1, scoreBefore: 11, scoreAfter: 21 });
  expect(dot([1, 2, 3], [4, 5, 6])).toBe(32);
});

test("the rows of a step that are shown are those of the last token, of the target and of the best other one", () => {
  const row = (table: "input" | "output", id: number) => ({ table, id, before: [0], after: [1] });
  const rows = [row("input", 0), row("input", 4), row("input", 2), row("output", 2), row("output", 7)];
  const step = { tokens: tokens(4, 2), target: { id: 2 }, rows } as unknown as TrainingStep;
  expect(shownRowsOf(step)).toEqual({ input: rows[2], target: rows[3], other: rows[4] });
  expect(shownRowsOf({ ...step, tokens: [] }).input).toBeNull();
});
