import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { exampleAnalogy, exampleAxes, readWords } from "../../src/state/axes";

function table(words: readonly string[]): TokenTable {
  const offsets = new Uint32Array(words.length + 1);
  words.forEach((word, at) => (offsets[at + 1] = offsets[at] + word.length));
  return new TokenTable(words.join(""), offsets);
}

const inOrder = (n: number) => Uint32Array.from({ length: n }, (_, id) => id);

test("words are spelled as in the vocabulary, and unknown ones are listed", () => {
  const tokens = table(["man", "▁king", "queen", " of"]);
  expect(readWords(tokens, "  Man king   qeen of")).toEqual({ text: "man ▁king qeen of", unknown: ["qeen", "of"] });
  expect(readWords(tokens, " ")).toEqual({ text: "", unknown: [] });
});

test("example axes hold only tokens of the vocabulary, in the language of the page first", () => {
  const words = ["the", "man", "woman", "cold", "hot", "여자", "남자", "young"];
  const tokens = table(words);
  const english = exampleAxes(tokens, inOrder(8), "en");
  expect(english.slice(0, 3)).toEqual([
    { from: "man", to: "woman" },
    { from: "cold", to: "hot" },
    { from: "남자", to: "여자" },
  ]);
  expect(exampleAxes(tokens, inOrder(8), "ko")[0]).toEqual({ from: "남자", to: "여자" });
});

test("a vocabulary without opposites still gets axes with two different ends", () => {
  const tokens = table(["cat", "dog", "mat", "sat"]);
  const axes = exampleAxes(tokens, inOrder(4), "en");
  expect(axes).toHaveLength(3);
  for (const { from, to } of axes) {
    expect(["cat", "dog", "mat", "sat"]).toContain(from);
    expect(to).not.toBe(from);
  }
  expect(exampleAxes(table([]), inOrder(0), "en")).toHaveLength(3);
});

test("an example of an analogy is three tokens of the vocabulary", () => {
  const known = table(["woman", "man", "king", "x"]);
  expect(exampleAnalogy(known, inOrder(4), "ko")).toEqual(["man", "king", "woman"]);
  expect(exampleAnalogy(table(["cat", "?", "dog", "mat"]), inOrder(4), "en")).toEqual(["cat", "dog", "mat"]);
});
