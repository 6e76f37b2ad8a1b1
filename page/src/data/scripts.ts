/** Scripts of letters, and the one that all letters of a token are of, as in tovec/text/scripts.py. */
import type { TokenTable } from "./tokens";

// prettier-ignore
export const LETTER_SCRIPTS = [
  "latin", "hangul", "han", "kana", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai",
] as const;
export type LetterScript = (typeof LETTER_SCRIPTS)[number];

export interface ScriptCount {
  readonly script: LetterScript;
  readonly n: number;
}

// As the names of letters begin in Unicode: "MODIFIER LETTER" and "FEMININE ORDINAL" name no script.
const PATTERNS: Readonly<Record<LetterScript, RegExp>> = {
  latin: /(?![\p{Lm}ªº])\p{Script=Latin}/u,
  hangul: /\p{Script=Hangul}/u,
  han: /\p{Script=Han}/u,
  kana: /[\p{Script=Hiragana}\p{Script=Katakana}ーｰﾞﾟ]/u,
  cyrillic: /(?!\p{Lm})\p{Script=Cyrillic}/u,
  greek: /(?!\p{Lm})\p{Script=Greek}/u,
  arabic: /[\p{Script=Arabic}ـ]/u,
  hebrew: /\p{Script=Hebrew}/u,
  devanagari: /\p{Script=Devanagari}/u,
  thai: /\p{Script=Thai}/u,
};
const ASCII = /^[\0-\x7f]*$/;
const ASCII_LETTER = /[A-Za-z]/;
const LETTERS = /\p{L}/gu;

/** How many of the tokens are of each script, the most first; `special` ones stand for no text. */
export function countScripts(tokens: TokenTable, special: readonly number[]): readonly ScriptCount[] {
  const counts = new Map<LetterScript, number>();
  const left = new Set(special);
  for (let id = 0; id < tokens.n; id++) {
    const script = left.has(id) ? null : soleScript(tokens.token(id));
    if (script !== null) counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  return [...counts].map(([script, n]) => ({ script, n })).sort((a, b) => b.n - a.n);
}

/** The script that all letters of a token are of; null without letters, with those of several, and of others. */
export function soleScript(token: string): LetterScript | null {
  if (ASCII.test(token)) return ASCII_LETTER.test(token) ? "latin" : null; // most tokens of most tables
  const letters = token.match(LETTERS) ?? [];
  if (letters.length === 0) return null;
  return LETTER_SCRIPTS.find((script) => letters.every((letter) => PATTERNS[script].test(letter))) ?? null;
}
