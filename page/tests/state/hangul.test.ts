import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { hangulSearch } from "../../src/state/hangul";

function table(words: readonly string[]): TokenTable {
  const offsets = new Uint32Array(words.length + 1);
  words.forEach((word, at) => (offsets[at + 1] = offsets[at] + word.length));
  return new TokenTable(words.join(""), offsets);
}

function found(words: readonly string[], text: string): string[][] {
  const groups = hangulSearch(table(words)).search(text);
  return groups.filter((ids) => ids.length > 0).map((ids) => Array.from(ids, (id) => words[id]));
}

// What the two-set keyboard of Windows and macOS shows after each key.
test.each([
  ["영화", "ㅇ 여 영 영ㅎ 영호 영화"],
  ["하나", "ㅎ 하 한 하나"],
  ["닭이", "ㄷ 다 달 닭 닭ㅇ 닭이"],
  ["달걀", "ㄷ 다 달 닭 달갸 달걀"],
  ["의사", "ㅇ 으 의 읫 의사"],
  ["괜찮다", "ㄱ 고 괘 괜 괜ㅊ 괜차 괜찬 괜찮 괜찮ㄷ 괜찮다"],
  ["앉아", "ㅇ 아 안 앉 앉ㅇ 앉아"],
  ["까치", "ㄲ 까 깣 까치"],
  ["웬일", "ㅇ 우 웨 웬 웬ㅇ 웬이 웬일"],
])("%s is found at each key on the way to it, and decomposed as well", (word, states) => {
  for (const state of states.split(" "))
    for (const text of [state, state.normalize("NFD")])
      for (const stored of [word, word.normalize("NFD"), `▁${word}`])
        expect(found(["cat", stored, "쭉"], text), `${state} of ${stored}`).toEqual([[stored]]);
});

test("all letters come first, then the first ones, then letters inside; initials come last", () => {
  const words = [
    "이영호",
    "영화관",
    "영화",
    "▁영화",
    "영향",
    "우하",
    "옷이하나",
    "영화".normalize("NFD"),
    "영",
    "movie",
  ];
  expect(found(words, "영화")).toEqual([["영화", "▁영화", "영화".normalize("NFD")], ["영화관"]]);
  expect(found(words, "영ㅎ")).toEqual([["영화관", "영화", "▁영화", "영향", "영화".normalize("NFD")], ["이영호"]]);
  expect(found(words, "ㅇㅎ")).toEqual([
    ["영화관", "영화", "▁영화", "영향", "우하", "영화".normalize("NFD")],
    ["이영호", "옷이하나"],
  ]);
});

test("initials stand for syllables only where there is nothing else", () => {
  expect(found(["영화", "이하"], "여ㅎ")).toEqual([]);
  expect(found(["고등학교", "고등 학교"], "ㄱㄷㅎㄱ")).toEqual([["고등학교"]]);
  expect(found(["각시", "가수"], "ㄳ")).toEqual([["각시", "가수"]]); // what macOS makes of ㄱ and ㅅ
});

test("a match begins with a character: no final and no vowel of a syllable begins one", () => {
  expect(found(["강아지", "아지"], "아지")).toEqual([["아지"], ["강아지"]]);
  expect(found(["각아", "가가"], "가ㄱ")).toEqual([["각아", "가가"]]);
  expect(found(["감", "음"], "ㅁ")).toEqual([]);
  expect(found(["감", "ㅏ"], "ㅏ")).toEqual([["ㅏ"]]);
});

test("parts of syllables, as kiwi writes endings, are found by the letters that a keyboard types", () => {
  expect(found(["\u11ab다", "는다", "\u11af"], "ㄴ다")).toEqual([["\u11ab다"]]);
  expect(found(["\u11ab다", "\u11af"], "ㄹ")).toEqual([["\u11af"]]);
});

test("other characters match as they are, Latin letters in either case", () => {
  expect(found(["K팝", "k파", "팝"], "k파")).toEqual([["k파"], ["K팝"]]);
  expect(found(["영화 2편", "영화 3편"], "영화 2ㅍ")).toEqual([["영화 2편"]]);
});

test("a text without Hangul, or with letters that no token holds, finds nothing", () => {
  expect(found(["movie", "영화"], "movie")).toEqual([]);
  expect(found(["movie", "映画"], "영")).toEqual([]);
  expect(found([], "영")).toEqual([]);
  expect(found(["영화"], "")).toEqual([]);
});

test("every syllable is found by its decomposed form, which Unicode defines", () => {
  const syllables = Array.from({ length: 11172 }, (_, at) => String.fromCharCode(0xac00 + at));
  const search = hangulSearch(table(syllables));
  for (let id = 0; id < syllables.length; id += 97) {
    const [whole] = search.search(syllables[id].normalize("NFD"));
    expect([...whole]).toEqual([id]);
  }
});
