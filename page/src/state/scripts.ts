/** The script of a token, by its first letter; tokens without letters are classified by kind. */
// prettier-ignore
export const SCRIPTS = [
  "latin", "hangul", "han", "kana", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai",
  "otherLetters", "number", "punctuation", "symbol", "emoji", "space", "byte", "empty",
] as const;
export type Script = (typeof SCRIPTS)[number];

const LETTERS: readonly [Script, RegExp][] = [
  ["latin", /\p{Script=Latin}/u],
  ["hangul", /\p{Script=Hangul}/u],
  ["han", /\p{Script=Han}/u],
  ["kana", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["cyrillic", /\p{Script=Cyrillic}/u],
  ["greek", /\p{Script=Greek}/u],
  ["arabic", /\p{Script=Arabic}/u],
  ["hebrew", /\p{Script=Hebrew}/u],
  ["devanagari", /\p{Script=Devanagari}/u],
  ["thai", /\p{Script=Thai}/u],
];
const LETTER = /\p{L}/u;
const OTHERS: readonly [Script, RegExp][] = [
  ["emoji", /\p{Extended_Pictographic}|\p{Regional_Indicator}/u],
  ["number", /\p{N}/u],
  ["punctuation", /\p{P}/u],
  ["symbol", /\p{S}|\p{M}/u],
  ["space", /\s/u],
];
const BYTE = /^<0x[0-9A-Fa-f]{2}>$/;

export function scriptOf(token: string): Script {
  if (token === "") return "empty";
  if (BYTE.test(token)) return "byte";
  const first = token.charCodeAt(0);
  // Most tokens of most tables; a million regular expressions would take a second.
  if ((first >= 97 && first <= 122) || (first >= 65 && first <= 90)) return "latin";
  if (first >= 0xac00 && first <= 0xd7a3) return "hangul";
  const letter = LETTER.exec(token)?.[0];
  if (letter !== undefined) return LETTERS.find(([, pattern]) => pattern.test(letter))?.[0] ?? "otherLetters";
  return OTHERS.find(([, pattern]) => pattern.test(token))?.[0] ?? "symbol";
}
