import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { browserTokenizer } from "../../src/data/tokenizer";

type Row = [start: number, end: number, token: string, id: number | null, known: boolean];
interface Fixture {
  tokenizer: string;
  tokens: string[];
  unknown: number | null;
  cases: { text: string; pieces: Row[] }[];
}

// Written by tests/server/test_browser_tokenizer.py, which runs this file.
const folder = process.env.TOVEC_FIXTURES ?? "";
describe.skipIf(!existsSync(folder))("what Python's tokenizers give, the browser gives", () => {
  for (const name of folder ? readdirSync(folder) : [])
    it(name, async () => {
      const { tokenizer, tokens, unknown, cases } = JSON.parse(readFileSync(join(folder, name), "utf8")) as Fixture;
      const cut = await browserTokenizer(tokenizer, tokens.length, unknown);
      expect(cases.length).toBeGreaterThan(200);
      for (const { text, pieces } of cases) {
        const rows = cut(text).map(({ start, end, token, id, known }): Row => [start, end, token, id, known]);
        expect(rows, JSON.stringify(text)).toEqual(pieces);
      }
    });
});

const WORDS = {
  normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Lowercase" }] },
  pre_tokenizer: { type: "WhitespaceSplit" },
  added_tokens: [],
  model: { type: "WordLevel", vocab: { cat: 0, "[UNK]": 1 }, unk_token: "[UNK]" },
};
const cutting = (change: object) => () => browserTokenizer(JSON.stringify({ ...WORDS, ...change }), 1, null);

it("gives offsets in UTF-16 units, and no id to unknown tokens", async () => {
  expect((await cutting({})())("💔 CAT")).toEqual([
    { start: 0, end: 2, token: "💔", id: null, known: false },
    { start: 3, end: 6, token: "cat", id: 0, known: true },
  ]);
});

it("tokenizes a word of a hundred thousand characters", async () => {
  expect((await cutting({})())("e\u0301".repeat(50_000))).toMatchObject([{ start: 0, end: 100_000 }]);
});

it.each([
  [{ normalizer: { type: "ByteLevel" } }, "normalizer ByteLevel"],
  [{ normalizer: { type: "Precompiled", precompiled_charsmap: "" } }, "normalizer Precompiled"],
  [{ pre_tokenizer: { type: "Whitespace" } }, "pre-tokenizer Whitespace"],
  [{ pre_tokenizer: { type: "Punctuation", behavior: "Contiguous" } }, "pre-tokenizer Punctuation"],
  [{ model: { type: "BPE", vocab: {}, merges: [], end_of_word_suffix: "</w>" } }, "model BPE"],
  [{ model: { type: "BPE", vocab: {}, merges: [], dropout: 0.1 } }, "model BPE"],
])("refuses parts that it cannot run exactly as Python does: %o", async (change, named) => {
  await expect(cutting(change)()).rejects.toThrow(
    new RegExp(`^this file's tokenizer works in \`tovec view\` only: .*${named}$`),
  );
});

it("of unigram segmentations that are equally likely, gives the one whose last token begins first", async () => {
  const vocab = [
    ["?", -9],
    ["a", -1],
    ["aa", -2],
  ];
  const cut = await cutting({ model: { type: "Unigram", vocab, unk_id: 0 } })();
  expect(cut("aa").map(({ token }) => token)).toEqual(["aa"]);
  expect(cut("aaa").map(({ token }) => token)).toEqual(["a", "aa"]);
  expect(cut("axyа").map(({ token }) => token)).toEqual(["a", "xyа"]);
});

it("refuses a lone surrogate, as Python does", async () => {
  const cut = await cutting({})();
  expect(() => cut("a\ud83d")).toThrow("holds a lone surrogate");
});

it("gives an added token the white space that it takes with it, and finds one that has to stand alone only there", async () => {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const cut = await cutting({
    added_tokens: [
      { ...added, id: 0, content: "<mask>", lstrip: true },
      { ...added, id: 0, content: "<end>", rstrip: true },
      { ...added, id: 0, content: "MASK", single_word: true },
    ],
  })();
  // As tokenizers 0.23 has them: "a", "  <mask>", "cat", "<end>  ", "b", "masks", " ", "MASK"
  expect(cut("a  <mask>cat<end>  b MASKs MASK").map(({ start, end, token }) => [start, end, token])).toEqual([
    [0, 1, "a"],
    [1, 9, "<mask>"],
    [9, 12, "cat"],
    [12, 19, "<end>"],
    [19, 20, "b"],
    [21, 26, "masks"],
    [27, 31, "MASK"],
  ]);
});
