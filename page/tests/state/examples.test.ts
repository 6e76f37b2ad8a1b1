import { describe, expect, it } from "vitest";
import { exampleTexts, frequentWords } from "../../src/state/examples";

const ENGLISH = "the of and a to in is cat sat on mat king queen it was best times what do you think about".split(" ");

describe("example texts", () => {
  it("are sentences whose words are all in the vocabulary", () => {
    const texts = exampleTexts(ENGLISH, "en");
    expect(texts).toEqual(["the cat sat on the mat", "the king and the queen", "it was the best of times"]);
  });

  it("are found in a vocabulary whose tokens include the space before a word", () => {
    expect(
      exampleTexts(
        ENGLISH.map((word) => `▁${word}`),
        "en",
      ),
    ).toContain("the cat sat on the mat");
  });

  it("need only the characters where tokens are characters, and nothing where tokens are bytes", () => {
    expect(exampleTexts([..." etaoinshrdlcumwfgypbvkjxqz"], "en")).toHaveLength(3);
    expect(exampleTexts(["<0x00>", "<0x01>"], "ko")).toHaveLength(3);
  });

  it("are frequent words of the language if no sentence is covered", () => {
    const mixed = ["영화", "movie", "너무", "good", "정말", "film", "그냥", "plot", "진짜", "하지만", "연기", "스토리"];
    expect(exampleTexts(mixed, "ko")).toEqual(["영화 너무 정말 그냥 진짜", "하지만 연기 스토리"]);
    expect(exampleTexts(mixed, "en")).toEqual(["movie good film plot", "movie plot"]);
  });

  it("use other scripts if the language has no words, and are empty if there are no words at all", () => {
    expect(exampleTexts(["영화", "너무", "정말", "그냥"], "en")).toEqual(["영화 너무 정말 그냥", "영화 그냥"]);
    expect(exampleTexts(["1", "..", "_"], "en")).toEqual([]);
    expect(exampleTexts([], "ko")).toEqual([]);
  });

  it("offer the four words", () => {
    expect(exampleTexts(["cat", "dog", "mat", "sat"], "ko")).toEqual(["cat dog mat sat", "cat sat"]);
  });
});

it("prefers words to single letters", () => {
  expect(frequentWords(["a", "i", "the", "cat", "the", "sat", "on"], "en")).toEqual(["the", "cat", "sat", "on"]);
});
