import { expect, test } from "vitest";
import { mostUseful, packRows, unpackRows } from "../../src/state/rows";

// An order in which neighbors are far apart, so that the ids themselves would take tens of thousands of characters.
const N = 262_144;
const importance = Uint32Array.from({ length: N }, (_, at) => (at * 99_991) % N);

test("the tokens of most use are ascending ids, and a few characters of the address", () => {
  const rows = mostUseful(importance, 50_000);
  expect(rows.length).toBe(50_000);
  expect(rows.every((id, at) => at === 0 || id > rows[at - 1])).toBe(true);
  expect(packRows(rows, importance)).toBe("top:50000");
  expect(unpackRows("top:50000", importance, N)).toEqual(rows);
});

test("other tokens are their ids", () => {
  const rows = Uint32Array.of(3, 4, 5, 70_000);
  const text = packRows(rows, importance);
  expect(text).not.toContain("top");
  expect(unpackRows(text, importance, N)).toEqual(rows);
  expect(packRows(new Uint32Array(0), importance)).toBe("");
});

test("while it is not known which tokens are of most use, an address names none", () => {
  expect(unpackRows("top:50000", new Uint32Array(0), N).length).toBe(0);
  expect(unpackRows("top:900000000", importance, N).length).toBe(N);
});
