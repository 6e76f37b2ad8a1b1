import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { autocomplete, findToken } from "../../src/state/autocomplete";

function table(words: readonly string[]): TokenTable {
  const offsets = new Uint32Array(words.length + 1);
  words.forEach((word, at) => (offsets[at + 1] = offsets[at] + word.length));
  return new TokenTable(words.join(""), offsets);
}

const inOrder = (n: number) => Uint32Array.from({ length: n }, (_, id) => id);
const names = (tokens: TokenTable, ids: readonly number[]) => ids.map((id) => tokens.token(id));

test("the exact token comes first, then other spellings of it, then longer tokens by importance", () => {
  const tokens = table(["cats", "Cat", "catalog", "cat", "dog", " cat", "concat"]);
  const importance = Uint32Array.of(2, 0, 4, 1, 3, 5, 6);
  expect(names(tokens, autocomplete(tokens, importance, "cat", 9))).toEqual(["cat", "Cat", " cat", "catalog", "cats"]);
  expect(names(tokens, autocomplete(tokens, importance, "cat", 2))).toEqual(["cat", "Cat"]);
});

test("an empty text offers the most important tokens", () => {
  const tokens = table(["a", "b", "c"]);
  expect(autocomplete(tokens, Uint32Array.of(2, 0, 1), "", 2)).toEqual([2, 0]);
});

test("the mark of a word's start may be typed or left out", () => {
  const tokens = table(["▁the", "Ġthere", " then", "##the", "the"]);
  expect(names(tokens, autocomplete(tokens, inOrder(5), "the", 9))).toEqual(["the", "▁the", "Ġthere", " then"]);
  expect(names(tokens, autocomplete(tokens, inOrder(5), "▁t", 9))).toEqual(["▁the"]);
});

test("Hangul completes syllable by syllable, emoji by UTF-16 unit", () => {
  const tokens = table(["서울", "서울시", "서", "부산", "👍🏽", "👍"]);
  expect(names(tokens, autocomplete(tokens, inOrder(6), "서울", 9))).toEqual(["서울", "서울시"]);
  expect(names(tokens, autocomplete(tokens, inOrder(6), "👍", 9))).toEqual(["👍", "👍🏽"]);
});

test("completing equals a plain search through all strings, for random tokens", () => {
  const letters = ["a", "B", "b", "é", "É", "가", " ", "Σ"];
  let seed = 7;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  const randomWord = () => Array.from({ length: random(5) }, () => letters[random(8)]).join("");
  const words = [...new Set(Array.from({ length: 600 }, randomWord))];
  const tokens = table(words);
  const importance = inOrder(words.length).map((id) => (id * 7919) % words.length);
  const starts = (word: string) => [word.toLowerCase(), ...(word.startsWith(" ") ? [word.slice(1).toLowerCase()] : [])];
  for (const prefix of ["a", "b", "B", "éa", "É", "가", " ", " a", "ab", "bbb", "σa"]) {
    const order = [...importance];
    const whole = words.map((_, id) => id).filter((id) => starts(words[id]).includes(prefix.toLowerCase()));
    const begun = order.filter((id) => starts(words[id]).some((word) => word.startsWith(prefix.toLowerCase())));
    const exact = words.indexOf(prefix);
    const expected = [...new Set([...(exact >= 0 ? [exact] : []), ...whole, ...begun])].slice(0, 25);
    expect(names(tokens, autocomplete(tokens, importance, prefix, 25))).toEqual(names(tokens, expected));
  }
});

test("a typed text finds itself, itself with a mark, its lower case, or nothing", () => {
  const tokens = table(["Man", "▁man", "woman", "Ġqueen", "", "man?"]);
  expect(names(tokens, [findToken(tokens, "Man")!, findToken(tokens, "man")!, findToken(tokens, "QUEEN")!])).toEqual([
    "Man",
    "▁man",
    "Ġqueen",
  ]);
  expect(findToken(tokens, "wo")).toBeNull();
  expect(findToken(tokens, "")).toBeNull();
  expect(findToken(table([]), "a")).toBeNull();
});
