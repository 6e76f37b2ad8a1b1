import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { createSearcher } from "../../src/state/search";

function table(...words: string[]): TokenTable {
  const offsets = new Uint32Array(words.length + 1);
  words.forEach((word, at) => (offsets[at + 1] = offsets[at] + word.length));
  return new TokenTable(words.join(""), offsets);
}

const words = ["cat", "Catalog", "", "ten", "net", "고양이", "İstanbul", "a+b", "tennis net"];
const tokens = table(...words);
const found = (text: string, regex = false) =>
  Array.from(createSearcher(tokens).search(text, regex) as Uint32Array, (id) => words[id]);

test("part of a token is found ignoring case, once per token, never across two tokens", () => {
  expect(found("CAT")).toEqual(["cat", "Catalog"]);
  expect(found("t")).toEqual(["cat", "Catalog", "ten", "net", "İstanbul", "tennis net"]);
  expect(found("양이")).toEqual(["고양이"]);
  expect(found("nnet")).toEqual([]); // te-n, net
});

test("every search finds what testing each token finds", () => {
  const letters = [..."catenlogisı İ고+"];
  for (const one of letters)
    for (const two of letters) {
      const needle = (one + two).toLowerCase();
      const expected = words.filter((word) =>
        [...word]
          .map((c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c))
          .join("")
          .includes(needle),
      );
      if (needle.length === (one + two).length) expect(found(one + two)).toEqual(expected);
    }
});

test("a regular expression is matched against each token alone; plain text is matched literally", () => {
  expect(found("^.en$", true)).toEqual(["ten"]);
  expect(found("^$", true)).toEqual([""]);
  expect(found("a+b")).toEqual(["a+b"]);
  expect(createSearcher(tokens).search("(", true)).toEqual({
    error: expect.stringMatching(/Unterminated group|Invalid/),
  });
});

test("the exact token comes first, then others spelled alike, then beginnings, then the rest, each as they were", () => {
  const spellings = ["taking", "kingdom", "King", "▁king", "Kingston", "king", "Ġkingly", "viking", "▁"];
  const searcher = createSearcher(table(...spellings));
  const order = (text: string) =>
    Array.from(searcher.closestFirst(searcher.search(text, false) as Uint32Array, text), (id) => spellings[id]);
  expect(order("king")).toEqual(["king", "King", "▁king", "kingdom", "Kingston", "Ġkingly", "taking", "viking"]);
  expect(order("King").slice(0, 3)).toEqual(["King", "▁king", "king"]);
  expect(order("▁")).toEqual(["▁", "▁king"]);
});
