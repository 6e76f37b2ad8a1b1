import { describe, expect, it, test } from "vitest";
import type { Piece } from "../../src/data/source";
import { TokenTable } from "../../src/data/tokens";
import {
  coveredTexts,
  exampleTexts,
  frequentWords,
  joined,
  placedTokens,
  presentable,
  sentences,
  tellingPlaces,
  tellingWords,
} from "../../src/state/examples";

/** Cut at white space; words of `known` are known. */
function cut(text: string, known: (word: string) => boolean): Piece[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: token, index: start }, id) => ({
    start,
    end: start + token.length,
    token,
    id: known(token) ? id : null,
    known: known(token),
  }));
}

describe("texts that a vocabulary covers", () => {
  const texts = ["the cat sat", "the dog", "cat"];

  it("have known words only, with the places of their tokens", () => {
    const pieces = cut(joined(texts), (word) => word !== "dog");
    const covered = coveredTexts(texts, pieces);
    expect(covered.map(({ text }) => text)).toEqual(["the cat sat", "cat"]);
    for (const { text, pieces: own } of covered)
      expect(own.map(({ start, end }) => text.slice(start, end))).toEqual(text.split(" "));
  });

  it("are none where a tokenizer drops a letter, or has a token for what it does not know", () => {
    expect(coveredTexts(["ab"], [{ start: 0, end: 1, token: "a", id: 0, known: true }])).toEqual([]);
    expect(coveredTexts(["ab"], [{ start: 0, end: 2, token: "[UNK]", id: 9, known: false }])).toEqual([]);
    expect(coveredTexts(["ab"], [])).toEqual([]);
  });

  it("may have several tokens for one syllable, and signs that are in none", () => {
    const pieces = [
      { start: 0, end: 1, token: "가", id: 0, known: true },
      { start: 0, end: 1, token: "ㄴ다", id: 1, known: true },
    ];
    expect(coveredTexts(["간?"], pieces)).toHaveLength(1);
  });

  it("are not made of words that no example has room for", () => {
    const words = ["x".repeat(10_000), "cat", "dog", "mat", "sat"];
    expect(frequentWords(words, "en")).toEqual(["cat", "dog", "mat", "sat"]);
  });
});

it("sentences of the reader's language come first", () => {
  expect(sentences("en")[0]).toBe("the cat sat on the mat");
  expect(sentences("ko")[0]).toMatch(/[가-힣]/);
  expect([...sentences("ko")].sort()).toEqual([...sentences("en")].sort());
});

describe("example texts", () => {
  it("are the first sentences that are covered", () => {
    expect(exampleTexts(["a b", "c d", "e f", "g h"], ["the", "of"], "en")).toEqual(["a b", "c d", "e f"]);
  });

  it("are telling words where fewer than two sentences are covered", () => {
    const mixed = ["영화", "movie", "너무", "good", "정말", "film", "그냥", "plot", "진짜", "하지만", "연기", "스토리"];
    expect(exampleTexts([], mixed, "ko")).toEqual(["영화 너무 정말 그냥 진짜", "하지만 연기 스토리"]);
    expect(exampleTexts(["a b"], mixed, "en")).toEqual(["a b", "movie good film plot", "movie plot"]);
  });

  it("use other scripts if the language has no words, and are empty if there are no words at all", () => {
    expect(exampleTexts([], ["영화", "너무", "정말", "그냥"], "en")).toEqual(["영화 너무 정말 그냥", "영화 그냥"]);
    expect(exampleTexts([], ["1", "..", "_"], "en")).toEqual([]);
    expect(exampleTexts([], [], "ko")).toEqual([]);
  });

  it("offer the four words", () => {
    expect(exampleTexts([], ["cat", "dog", "mat", "sat"], "ko")).toEqual(["cat dog mat sat", "cat sat"]);
  });
});

it("prefers words to single letters", () => {
  expect(frequentWords(["a", "i", "the", "cat", "the", "sat", "on"], "en")).toEqual(["the", "cat", "sat", "on"]);
});

it("prefers words that say something to those that join others", () => {
  const frequent = ["the", "to", "is", "of", "▁film", "plot", "story", "actor"];
  expect(tellingWords(frequent, "en")).toEqual(["film", "plot", "story", "actor"]);
  expect(tellingWords(["이", "영화", "그", "정말", "것", "배우", "감독"], "ko")).toEqual([
    "영화",
    "정말",
    "배우",
    "감독",
  ]);
});

test("examples are made of short tokens with a place on the map, where there are any", () => {
  const table = new TokenTable("a" + "b".repeat(31) + "cde", Uint32Array.of(0, 1, 32, 33, 34, 35));
  const ids = Uint32Array.of(1, 0, 2, 3, 4);
  const isPlaced = placedTokens(Float32Array.of(1, 1, NaN, 1e30, 2), [{ reason: "large", n: 1, first: [3] }]);
  expect(presentable(table, ids, isPlaced, 3)).toEqual([0, 4]);
  expect(presentable(table, ids, placedTokens(null, []), 2)).toEqual([0, 2]);
  expect(presentable(table, ids, () => false, 2)).toEqual([1, 0]);
});

it("telling words are found where they stand, whatever stands before them", () => {
  const frequent = ["the", "▁story", "story", ".", "▁actor", "film", "plot"];
  expect(tellingPlaces(frequent, "en").map((at) => frequent[at])).toEqual(["▁story", "▁actor", "film", "plot"]);
});
