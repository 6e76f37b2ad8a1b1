import { expect, test } from "vitest";
import {
  cell,
  float32Text,
  selectionAsJson,
  selectionAsTsv,
  type ExportedSelection,
} from "../../src/state/export-selection";

// prettier-ignore
const AWKWARD = [
  "king", "", " ", "a\tb", "a\nb", "\r\n", '"quoted"', 'inner "quote"', "\\t", "\\", "고양이", "👩‍💻",
  "\u2028", "\u0085", "\u0000", "\u000b", "\ud800", "\ufeff", "#", "=1+1", "null", "NaN",
];

function taken(tokens: readonly string[], change: Partial<ExportedSelection> = {}): ExportedSelection {
  return {
    tokens,
    ids: tokens.map((_, at) => at * 3),
    counts: null,
    coordinates: Float32Array.from({ length: tokens.length * 2 }, (_, i) => i / 7),
    dims: 2,
    vectors: null,
    ...change,
  };
}

/** A reader that knows the rule and nothing of the writer. */
function read(text: string): string[][] {
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => line.split("\t").map((part) => (part.startsWith('"') ? JSON.parse(part) : part)));
}

test("every token comes back from TSV, through UTF-8, whatever it holds", () => {
  const bytes = new TextEncoder().encode(selectionAsTsv(taken(AWKWARD)));
  const [header, ...rows] = read(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  expect(header).toEqual(["token", "id", "x", "y"]);
  expect(rows.map(([token]) => token)).toEqual(AWKWARD);
  expect(rows.every((row) => row.length === header.length)).toBe(true);
});

test("a token never breaks its line, even for readers that break at any Unicode line end", () => {
  const text = selectionAsTsv(taken(AWKWARD));
  expect(text.split(/\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/).length).toBe(AWKWARD.length + 2);
});

test("ordinary words, and words with quotation marks inside, are written unchanged", () => {
  for (const plain of ["king", "고양이", 'inner "quote"', "\\t", "#", "  two  "]) expect(cell(plain)).toBe(plain);
  expect(cell("a\tb")).toBe('"a\\tb"');
});

test("a number has no more digits than its float32 needs, and gives the same float32", () => {
  expect(float32Text(Math.fround(0.1))).toBe("0.1");
  expect(float32Text(-0)).toBe("0");
  expect(float32Text(NaN)).toBe("NaN");
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  let state = 1;
  for (let i = 0; i < 20_000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bits[0] = state;
    if (!Number.isFinite(value[0])) continue;
    expect(Math.fround(Number(float32Text(value[0])))).toBe(value[0]);
  }
});

test("counts, a third axis and vectors have their own columns", () => {
  const all = taken(["a", "b"], {
    counts: [5, 7],
    dims: 3,
    coordinates: [0, 0.5, 1, 2, 3, 4],
    vectors: [Float32Array.of(0.1, 0.2), Float32Array.of(1, -1)],
  });
  const lines = ["token id count x y z v0 v1", "a 0 5 0 0.5 1 0.1 0.2", "b 3 7 2 3 4 1 -1", ""];
  expect(selectionAsTsv(all)).toBe(lines.join("\n").replaceAll(" ", "\t"));
  expect(JSON.parse(selectionAsJson(all))).toEqual({
    results: [
      { token: "a", id: 0, count: 5, x: 0, y: 0.5, z: 1, vector: [0.1, 0.2] },
      { token: "b", id: 3, count: 7, x: 2, y: 3, z: 4, vector: [1, -1] },
    ],
  });
});

test("every token comes back from JSON, and an empty selection is an empty list", () => {
  const { results } = JSON.parse(selectionAsJson(taken(AWKWARD))) as { results: { token: string }[] };
  expect(results.map(({ token }) => token)).toEqual(AWKWARD);
  expect(JSON.parse(selectionAsJson(taken([])))).toEqual({ results: [] });
  expect(selectionAsTsv(taken([]))).toBe("token\tid\tx\ty\n");
});
