import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { findToken } from "../../src/state/autocomplete";
import { completions } from "../../src/state/completions";

const words = ["일영화", "영화관", "영향", "영화", "우하", "concat", "cat", "Catalog", "caf\u00e9"];
const offsets = new Uint32Array(words.length + 1);
words.forEach((word, at) => (offsets[at + 1] = offsets[at] + word.length));
const tokens = new TokenTable(words.join(""), offsets);
const importance = Uint32Array.of(8, 7, 6, 5, 4, 3, 2, 1, 0);
const offered = (text: string, limit = 9) => completions(tokens, importance, text, limit).map((id) => words[id]);

test("the exact token is offered first, then beginnings, then parts", () => {
  expect(offered("cat")).toEqual(["cat", "Catalog", "concat"]);
  expect(offered("영화")).toEqual(["영화", "영화관", "일영화"]);
  expect(offered("영화", 2)).toEqual(["영화", "영화관"]);
});

test("Hangul that is still being typed, or decomposed, is offered what it leads to", () => {
  expect(offered("여")).toEqual(["영화", "영향", "영화관", "일영화"]);
  expect(offered("영호")).toEqual(["영화", "영화관", "일영화"]);
  expect(offered("ㅇㅎ")).toEqual(["우하", "영화", "영향", "영화관"].concat("일영화"));
  expect(offered("영화".normalize("NFD"))).toEqual(["영화", "영화관", "일영화"]);
  expect(offered("cafe\u0301")).toEqual(["caf\u00e9"]);
});

test("nothing typed is offered the most important, nothing known nothing", () => {
  expect(offered("", 2)).toEqual(["caf\u00e9", "Catalog"]);
  expect(offered("xyz")).toEqual([]);
});

test("a decomposed text names its composed token, and the other way round", () => {
  expect(findToken(tokens, "영화".normalize("NFD"))).toBe(3);
  expect(findToken(tokens, "cafe\u0301")).toBe(8);
  const decomposed = "영화".normalize("NFD");
  expect(findToken(new TokenTable(decomposed, Uint32Array.of(0, decomposed.length)), "영화")).toBe(0);
});
