import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { browserTokenizer } from "../../src/data/tokenizer";

type Row = [start: number, end: number, token: string, id: number | null, known: boolean];
interface Fixture {
  tokenizer: string;
  tokens: string[];
  unknown: number | null;
  cases: { text: string; pieces: Row[] }[];
}

function table(tokens: readonly string[]): TokenTable {
  const offsets = Uint32Array.from({ length: tokens.length + 1 }, () => 0);
  tokens.forEach((token, id) => (offsets[id + 1] = offsets[id] + token.length));
  return new TokenTable(tokens.join(""), offsets);
}

// Written by tests/server/test_browser_tokenizer.py, which runs this file.
const folder = process.env.TOVEC_FIXTURES ?? "";
describe.skipIf(!existsSync(folder))("what Python's tokenizers give, the browser gives", () => {
  for (const name of folder ? readdirSync(folder) : [])
    it(name, () => {
      const { tokenizer, tokens, unknown, cases } = JSON.parse(readFileSync(join(folder, name), "utf8")) as Fixture;
      const cut = browserTokenizer(tokenizer, table(tokens), unknown);
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
const cutting = (change: object) => () =>
  browserTokenizer(JSON.stringify({ ...WORDS, ...change }), table(["cat"]), null);

it("gives offsets in UTF-16 units, and no id to unknown tokens", () => {
  expect(cutting({})()("💔 CAT")).toEqual([
    { start: 0, end: 2, token: "💔", id: null, known: false },
    { start: 3, end: 6, token: "cat", id: 0, known: true },
  ]);
});

it("tokenizes a word of a hundred thousand characters", () => {
  expect(cutting({})()("e\u0301".repeat(50_000))).toMatchObject([{ start: 0, end: 100_000 }]);
});

it.each([
  [{ added_tokens: [{ id: 0, content: "cat" }] }, "added tokens"],
  [{ normalizer: { type: "StripAccents" } }, "normalizer StripAccents"],
  [{ pre_tokenizer: { type: "ByteLevel" } }, "pre-tokenizer ByteLevel"],
  [{ pre_tokenizer: { type: "Punctuation", behavior: "Contiguous" } }, "pre-tokenizer Punctuation"],
  [{ model: { type: "WordPiece", vocab: {} } }, "model WordPiece"],
  [{ model: { type: "BPE", vocab: {}, merges: [], ignore_merges: true } }, "model BPE"],
])("refuses parts that it cannot run exactly as Python does: %o", (change, named) => {
  expect(cutting(change)).toThrow(new RegExp(`^this file's tokenizer works in \`tovec view\` only: .*${named}$`));
});

it("refuses a lone surrogate, as Python does", () => {
  expect(() => cutting({})()("a\ud83d")).toThrow("holds a lone surrogate");
});
