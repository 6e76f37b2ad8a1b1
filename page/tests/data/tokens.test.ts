import { expect, test } from "vitest";
import { decodeTokens } from "../../src/data/decode";
import { TokenTable } from "../../src/data/tokens";

const tokens = new TokenTable("고양이cat👩‍👧", Uint32Array.of(0, 3, 3, 6, 11));

test("tokens are sliced at their offsets, empty ones too", () => {
  expect([0, 1, 2, 3].map((id) => tokens.token(id))).toEqual(["고양이", "", "cat", "👩‍👧"]);
  expect(tokens.n).toBe(4);
});

test("ids are found by token and by offset", () => {
  expect(["", "cat", "👩‍👧", "dog"].map((token) => tokens.id(token))).toEqual([1, 2, 3, null]);
  expect([0, 2, 3, 5, 6, 10].map((index) => tokens.at(index))).toEqual([0, 0, 2, 2, 3, 3]);
});

test("a byte order mark is a token's character, and offsets that do not fit are an error", () => {
  const text = new TextEncoder().encode("\ufeffa");
  expect(decodeTokens(text.buffer, Uint32Array.of(0, 1, 2).buffer, 2).token(0)).toBe("\ufeff");
  expect(() => decodeTokens(text.buffer, Uint32Array.of(0, 1, 3).buffer, 2)).toThrow(/2 UTF-16 units.*end at 3/);
  expect(() => decodeTokens(text.buffer, Uint32Array.of(0, 2).buffer, 2)).toThrow(/offsets.u32 has 8 bytes, not 12/);
});
