/** Example texts that the vocabulary covers. */
import type { Lang } from "./state";

const SENTENCES: Readonly<Record<Lang, readonly string[]>> = {
  en: [
    "the cat sat on the mat",
    "the king and the queen",
    "once upon a time there was a man",
    "it was the best of times",
    "the function returns a list of strings",
    "if the file is not open, raise an error",
    "this is the first of many",
    "what do you think about it?",
  ],
  ko: [
    "고양이가 매트 위에 앉았다",
    "이 영화 정말 재미있게 봤어요",
    "연기도 좋고 스토리도 좋다",
    "오늘은 날씨가 정말 좋다",
    "나는 너를 사랑한다",
    "이것은 무엇인가",
    "정말 좋은 영화",
  ],
};
const SCRIPTS: Readonly<Record<Lang, RegExp>> = { en: /^\p{Script=Latin}+$/u, ko: /^\p{Script=Hangul}+$/u };
const LETTERS = /^[\p{L}\p{M}]+$/u;
const BYTE = /^<0x[0-9A-F]{2}>$/;
/** How subword tokenizers write the space before a word. */
const SPACE_MARK = /^[▁Ġ]/;

/** How many of the most frequent tokens are searched. */
export const FREQUENT = 5000;

/** Two or three texts; one where the vocabulary has few words, none where it has none. `frequent`: most frequent first. */
export function exampleTexts(frequent: readonly string[], lang: Lang): string[] {
  const known = new Set(frequent.map(withoutSpaceMark));
  const isKnown = (word: string) => known.has(word) || Array.from(word).every((character) => known.has(character));
  const isCovered = (text: string) =>
    BYTE.test(frequent[0] ?? "") || (text.match(/[\p{L}\p{M}]+/gu) ?? []).every(isKnown);
  const found = SENTENCES[lang].filter(isCovered).slice(0, 3);
  if (found.length >= 2) return found;

  const words = frequentWords(frequent, lang);
  if (words.length < 2) return found;
  if (words.length <= 6) return [words.join(" "), `${words[0]} ${words[words.length - 1]}`];
  return [...found, words.slice(0, 5).join(" "), words.slice(5, 10).join(" ")];
}

/** Words of the language among these tokens, each once, the most frequent first; of any script where it has too few. */
export function frequentWords(frequent: readonly string[], lang: Lang): string[] {
  const words = [...new Set(frequent.map(withoutSpaceMark))].filter((word) => LETTERS.test(word));
  const own = words.filter((word) => SCRIPTS[lang].test(word));
  const chosen = own.length >= 4 ? own : words;
  const longer = chosen.filter((word) => word.length > 1);
  return longer.length >= 4 ? longer : chosen;
}

function withoutSpaceMark(token: string): string {
  return token.replace(SPACE_MARK, "");
}
