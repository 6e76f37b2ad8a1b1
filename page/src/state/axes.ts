/** Words for custom axes and analogies, looked up in a vocabulary. */
import type { TokenTable } from "../data/tokens";
import { findToken } from "./autocomplete";
import type { AxisWords, Lang } from "./state";

/** What the axes of the map are called, in this order. */
export const AXIS_LETTERS = ["x", "y", "z"] as const;

export interface Words {
  /** The words as the vocabulary spells them; unknown ones as typed. */
  readonly text: string;
  readonly unknown: readonly string[];
}

/** Look up tokens that are separated by spaces. */
export function readWords(tokens: TokenTable, text: string): Words {
  const unknown: string[] = [];
  const words = text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const id = findToken(tokens, word);
      const token = id === null ? "" : tokens.token(id);
      // A token that holds a space cannot be written in a list separated by spaces.
      if (token !== "" && !/\s/.test(token)) return token;
      unknown.push(word);
      return word;
    });
  return { text: words.join(" "), unknown };
}

// prettier-ignore
const OPPOSITES: Readonly<Record<Lang, readonly (readonly [string, string])[]>> = {
  en: [["man", "woman"], ["young", "old"], ["small", "large"], ["bad", "good"], ["cold", "hot"], ["one", "many"]],
  ko: [["남자", "여자"], ["아이", "어른"], ["작은", "큰"], ["나쁜", "좋은"], ["과거", "미래"], ["여름", "겨울"]],
};

// prettier-ignore
const ANALOGIES: Readonly<Record<Lang, readonly (readonly [string, string, string])[]>> = {
  en: [["man", "king", "woman"], ["france", "paris", "japan"], ["good", "better", "bad"], ["is", "was", "has"]],
  ko: [["남자", "왕", "여자"], ["한국", "서울", "일본"], ["아버지", "아들", "어머니"], ["봄", "여름", "가을"]],
};

/** Three axes between opposites in the vocabulary, else between frequent tokens. */
export function exampleAxes(tokens: TokenTable, importance: Uint32Array, lang: Lang): AxisWords[] {
  const pairs = known(tokens, inOrder(OPPOSITES, lang), 3).map(([from, to]) => ({ from, to }));
  const frequent = frequentWords(tokens, importance, 6);
  for (let at = 0; pairs.length < 3; at += 2)
    pairs.push({ from: frequent[at % frequent.length] ?? "", to: frequent[(at + 1) % frequent.length] ?? "" });
  return pairs;
}

/** a, b and c of an analogy whose words are all in the vocabulary, else frequent tokens. */
export function exampleAnalogy(tokens: TokenTable, importance: Uint32Array, lang: Lang): readonly string[] {
  return known(tokens, inOrder(ANALOGIES, lang), 1)[0] ?? frequentWords(tokens, importance, 3);
}

function inOrder<T>(examples: Readonly<Record<Lang, readonly T[]>>, lang: Lang): T[] {
  return lang === "en" ? [...examples.en, ...examples.ko] : [...examples.ko, ...examples.en];
}

function known<T extends readonly string[]>(tokens: TokenTable, examples: readonly T[], n: number): string[][] {
  const found: string[][] = [];
  for (const words of examples) {
    if (found.length === n) break;
    const read = words.map((word) => readWords(tokens, word));
    if (read.every(({ unknown }) => unknown.length === 0)) found.push(read.map(({ text }) => text));
  }
  return found;
}

/** Frequent tokens of letters, longer than one letter where there are enough. */
function frequentWords(tokens: TokenTable, importance: Uint32Array, n: number): string[] {
  const words: string[] = [];
  const short: string[] = [];
  for (let at = 0; at < importance.length && words.length < n; at++) {
    const token = tokens.token(importance[at]);
    if (/^\p{L}{2,}$/u.test(token)) words.push(token);
    else if (token !== "" && !/\s/.test(token) && short.length < n) short.push(token);
  }
  return [...words, ...short].slice(0, n);
}
