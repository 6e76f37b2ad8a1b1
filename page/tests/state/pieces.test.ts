import { describe, expect, it } from "vitest";
import type { Piece } from "../../src/data/source";
import { countText, readingPath, segments, TINTS } from "../../src/state/pieces";

const piece = (start: number, end: number, token: string, id: number | null = 0): Piece => ({
  start,
  end,
  token,
  id,
  known: id !== null,
});

describe("segments", () => {
  it("keep the whole text, with the gaps between tokens", () => {
    const parts = segments("The cat, sat.", [piece(0, 3, "the"), piece(4, 7, "cat"), piece(9, 12, "sat")]);
    expect(parts.map(({ shown }) => shown).join("")).toBe("The cat, sat.");
    expect(parts.map(({ pieces }) => pieces)).toEqual([[0], [], [1], [], [2], []]);
  });

  it("show bytes of one character as one part", () => {
    const parts = segments("가a", [
      piece(0, 1, "<0xEA>", 1),
      piece(0, 1, "<0xB0>", null),
      piece(0, 1, "<0x80>", 3),
      piece(1, 2, "<0x61>", 4),
    ]);
    expect(parts.map(({ shown, pieces, known }) => [shown, pieces, known])).toEqual([
      ["가", [0, 1, 2], false],
      ["a", [3], true],
    ]);
  });

  it("show tokens of white space as symbols, keep line breaks, and leave gaps unchanged", () => {
    const parts = segments(" a\n b", [piece(0, 2, "▁a"), piece(2, 3, "\n"), piece(4, 5, "b")]);
    expect(parts.map(({ shown }) => shown)).toEqual(["␣a", "⏎\n", " ", "b"]);
  });

  it("show a token that is not in the text as itself", () => {
    const parts = segments("봤다", [piece(0, 1, "보"), piece(1, 1, "았"), piece(1, 2, "다")]);
    expect(parts.map(({ shown }) => shown)).toEqual(["봤", "았", "다"]);
  });

  it("give neighbors different tints, and repeat a token's tint where possible", () => {
    const words = "a b a c d e f g a a h b a".split(" ");
    const text = words.join("");
    const tints = segments(
      text,
      words.map((word, at) => piece(at, at + 1, word)),
    ).map(({ tint }) => tint);
    tints.slice(1).forEach((tint, at) => expect(tint).not.toBe(tints[at]));
    expect(tints[2]).toBe(tints[0]);
    expect(new Set(tints).size).toBe(TINTS);
  });

  it("copy the whole text for any offsets", () => {
    const text = "abcdefghij".repeat(20);
    for (let seed = 1; seed < 50; seed++) {
      let at = 0;
      const pieces: Piece[] = [];
      for (let n = 0; at < text.length; n++) {
        const start = Math.min(text.length, at + ((seed * n) % 3));
        const end = Math.min(text.length, start + 1 + ((seed + n) % 4));
        if (start < end) pieces.push(piece(start, end, text.slice(start, end)));
        if ((seed + n) % 5 === 0) pieces.push(piece(start, end, "again"));
        at = end;
      }
      const parts = segments(text, pieces);
      expect(parts.map(({ shown }) => shown).join("")).toBe(text);
      expect(parts.flatMap(({ pieces: own }) => own)).toEqual(pieces.map((_, index) => index));
    }
  });
});

it("counts grapheme clusters as characters", () => {
  expect(countText("👩‍👩‍👧🇰🇷e\u0301\u1100\u1161", []).characters).toBe(4);
});

it("counts tokens, unknown ones and distinct ones", () => {
  const pieces = [piece(0, 1, "a", 1), piece(1, 2, "b", null), piece(2, 3, "a", 1), piece(3, 4, "c", null)];
  expect(countText("abac", pieces)).toEqual({ characters: 4, tokens: 4, unknown: 2, distinct: 3 });
  expect(readingPath(pieces)).toEqual([1, 1]);
});

it("leaves the unknown token's own id out of the path", () => {
  expect(readingPath([{ start: 0, end: 1, token: "[UNK]", id: 0, known: false }, piece(1, 2, "b", 7)])).toEqual([7]);
});
