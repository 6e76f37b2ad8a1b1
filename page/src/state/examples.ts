/** Example texts whose every word the vocabulary has. */
import type { Piece, UndirectedRows } from "../data/source";
import type { TokenTable } from "../data/tokens";
import type { Lang } from "./state";

/** Plain sentences on different matters, the shorter ones first, so that most tables have all words of some. */
// prettier-ignore
export const SENTENCES: Readonly<Record<Lang, readonly string[]>> = {
  en: [
    "the cat sat on the mat",
    "the king and the queen",
    "the function returns a list",
    "the man and his wife",
    "the war in the north",
    "a good book about love",
    "it was a good day",
    "he came into the room",
    "the people of the country",
    "it was the best of times",
    "the function returns a list of strings",
    "once upon a time there was a man",
    "what do you think about it?",
    "the city lies on the river",
  ],
  ko: [
    "고양이가 매트에 앉았다",
    "이 영화 정말 재미있다",
    "배우들의 연기가 좋다",
    "정말 좋은 영화",
    "정말 재미있게 봤다",
    "오늘은 날씨가 좋다",
    "나는 학교에 간다",
    "사람이 많다",
    "왕과 왕비",
    "시간이 아깝다",
    "연기도 좋고 스토리도 좋다",
    "한국의 역사",
    "나는 너를 사랑한다",
  ],
};

const SCRIPTS: Readonly<Record<Lang, RegExp>> = { en: /^\p{Script=Latin}+$/u, ko: /^\p{Script=Hangul}+$/u };
/** Tokens of more characters do not fit into an example. */
const LONGEST = 30;
const LETTERS = new RegExp(`^[\\p{L}\\p{M}]{1,${LONGEST}}$`, "u");
const LETTER = /[\p{L}\p{M}]/u;
/** How subword tokenizers write the space before a word. */
const SPACE_MARK = /^[▁Ġ]/;
/** Words of fewer letters mostly say how others belong together: the, to, of. */
const TELLING: Readonly<Record<Lang, number>> = { en: 4, ko: 2 };

/** How many of the most frequent tokens are searched. */
export const FREQUENT = 5000;

/** The sentences of a language, then those of the others. */
export function sentences(lang: Lang): string[] {
  return lang === "en" ? [...SENTENCES.en, ...SENTENCES.ko] : [...SENTENCES.ko, ...SENTENCES.en];
}

/** Several texts as one, so that one question finds the tokens of all. */
export function joined(texts: readonly string[]): string {
  return texts.join("\n");
}

export interface Covered {
  readonly text: string;
  /** Its places are those in `text`. */
  readonly pieces: readonly Piece[];
}

/** Those of `texts` that known tokens cover, letter by letter. `pieces`: the tokens of `joined(texts)`. */
export function coveredTexts(texts: readonly string[], pieces: readonly Piece[]): Covered[] {
  let end = -1;
  return texts.flatMap((text) => {
    const start = end + 1;
    end = start + text.length;
    const inside = pieces
      .filter((piece) => piece.start < end && piece.end > start)
      .map((piece) => ({ ...piece, start: piece.start - start, end: piece.end - start }));
    return isCovered(text, inside) ? [{ text, pieces: inside }] : [];
  });
}

function isCovered(text: string, pieces: readonly Piece[]): boolean {
  if (pieces.some(({ known, id }) => !known || id === null)) return false;
  const isInToken = new Uint8Array(text.length);
  for (const { start, end } of pieces) isInToken.fill(1, Math.max(start, 0), Math.max(end, 0));
  for (let at = 0; at < text.length; at++) if (!isInToken[at] && LETTER.test(text[at])) return false;
  return pieces.length > 0;
}

/**
 * Two or three texts to try: sentences that are `covered`, else words; one where the vocabulary has few words, none
 * where it has none. `frequent`: most frequent first.
 */
export function exampleTexts(covered: readonly string[], frequent: readonly string[], lang: Lang): string[] {
  const found = covered.slice(0, 3);
  if (found.length >= 2) return found;
  const words = tellingWords(frequent, lang);
  if (words.length < 2) return found;
  if (words.length <= 6) return [...found, words.join(" "), `${words[0]} ${words[words.length - 1]}`];
  return [...found, words.slice(0, 5).join(" "), words.slice(5, 10).join(" ")];
}

/** Words that say something by themselves, where there are a few; else frequent words. */
export function tellingWords(frequent: readonly string[], lang: Lang): string[] {
  const words = frequentWords(frequent, lang);
  const telling = words.filter((word) => word.length >= TELLING[SCRIPTS.ko.test(word) ? "ko" : "en"]);
  return telling.length >= 4 ? telling : words;
}

/** Where in `frequent` the tokens stand that are those words. */
export function tellingPlaces(frequent: readonly string[], lang: Lang): number[] {
  const places = new Map<string, number>();
  frequent.forEach((token, at) => {
    const word = withoutSpaceMark(token);
    if (!places.has(word)) places.set(word, at);
  });
  return tellingWords(frequent, lang).map((word) => places.get(word)!);
}

/** Words of the language among these tokens, each once, the most frequent first; of any script where it has too few. */
export function frequentWords(frequent: readonly string[], lang: Lang): string[] {
  const words = [...new Set(frequent.map(withoutSpaceMark))].filter((word) => LETTERS.test(word));
  const own = words.filter((word) => SCRIPTS[lang].test(word));
  const chosen = own.length >= 4 ? own : words;
  const longer = chosen.filter((word) => word.length > 1);
  return longer.length >= 4 ? longer : chosen;
}

/** Whether a token has a direction and a place on the map. `norms`: null while unknown. */
export function placedTokens(
  norms: Float32Array | null,
  undirected: readonly UndirectedRows[],
): (id: number) => boolean {
  const large = new Set(undirected.flatMap(({ reason, first }) => (reason === "large" ? first : [])));
  return (id) => (norms === null || norms[id] > 0) && !large.has(id);
}

/** The first `n` of `ids` that are short enough for an example and placed; of a table without such, the first ones. */
export function presentable(
  tokens: TokenTable,
  ids: Uint32Array,
  isPlaced: (id: number) => boolean,
  n: number,
): number[] {
  const found: number[] = [];
  for (let at = 0; at < ids.length && found.length < n; at++)
    if (tokens.offsets[ids[at] + 1] - tokens.offsets[ids[at]] <= LONGEST && isPlaced(ids[at])) found.push(ids[at]);
  return found.length > 0 ? found : [...ids.subarray(0, n)];
}

function withoutSpaceMark(token: string): string {
  return token.replace(SPACE_MARK, "");
}
