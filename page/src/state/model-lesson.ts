/** The texts and the numbers of the third lesson, which follows a text through a language model. */
import type { ModelToken, MovedRow, TrainingStep } from "../data/language-model";
import type { Piece } from "../data/source";
import { type Covered, tellingWords } from "./examples";
import type { Lang } from "./state";

/** Two texts in which one word means two things; the word comes last, since a model reads only what stands before. */
export interface TwoTexts {
  readonly word: string;
  readonly texts: readonly [string, string];
}

export const TWO_MEANINGS: Readonly<Record<Lang, readonly TwoTexts[]>> = {
  en: [
    { word: "bank", texts: ["they sat by the river on the bank", "he put all his money in the bank"] },
    { word: "spring", texts: ["the flowers come back every spring", "the water of this mountain spring"] },
    { word: "right", texts: ["the house is on the right", "every citizen has the right"] },
    { word: "light", texts: ["the sun gives us light", "the bag is very light"] },
  ],
  ko: [
    { word: "배", texts: ["바다를 건너는 배", "과수원에서 딴 달콤한 배"] },
    { word: "연기", texts: ["불이 나서 피어오른 연기", "배우의 뛰어난 연기"] },
    { word: "눈", texts: ["하늘에서 하얗게 내리는 눈", "배우의 크고 맑은 눈"] },
    { word: "말", texts: ["초원을 달리는 말", "마음에 와닿는 따뜻한 말"] },
  ],
};

/** This much text a token covers on average where a model knows the language: a Hangul syllable counts as two letters. */
const LEAST_PER_TOKEN = 1.5;

/** Whether the tokens are longer than letters and bytes, so that the model has read texts of this kind. */
export function isOfItsKind({ text, pieces }: Covered): boolean {
  const size = Array.from(text).reduce((sum, letter) => sum + (letter >= "\u1100" ? 2 : 1), 0);
  return pieces.length > 0 && pieces.every(({ known }) => known) && size / pieces.length >= LEAST_PER_TOKEN;
}

/** The first text with some tokens that the model knows, but few enough for the card; else frequent words of the model. */
export function modelText(covered: readonly Covered[], frequent: readonly string[], lang: Lang, most: number): string {
  const fitting = covered.filter((one) => one.pieces.length > 2 && isOfItsKind(one));
  const short = fitting.find(({ pieces }) => pieces.length <= most) ?? fitting[0];
  return short?.text ?? tellingWords(frequent, lang).slice(0, 4).join(" ");
}

/**
 * The first two texts whose word is one token in both; else frequent words before another one. `covered`: those texts
 * that known tokens cover.
 */
export function twoTexts(
  offered: readonly TwoTexts[],
  covered: readonly Covered[],
  frequent: readonly string[],
  lang: Lang,
): readonly [string, string] {
  const found = offered.find(({ word, texts }) => {
    const [a, b] = texts.map((text) => covered.find((one) => one.text === text && isOfItsKind(one)));
    const [last, other] = [a?.pieces.at(-1), b?.pieces.at(-1)];
    return a && last && last.id === other?.id && written(a.text, last) === word;
  });
  if (found) return found.texts;
  const [word = "", a = word, b = a, c = a, d = b] = tellingWords(frequent, lang);
  return [`${a} ${b} ${word}`, `${c} ${d} ${word}`];
}

/** The tokens that two texts share, each once; the best one to compare first. */
export function sharedTokens(a: Covered, b: Covered): ModelToken[] {
  const inB = new Set(b.pieces.map(({ id }) => id));
  const found = new Map<number, number>(); // where in `a` each stands last
  a.pieces.forEach(({ id, known }, at) => {
    if (known && id !== null && inB.has(id)) found.set(id, at);
  });
  // The word that both texts end with is what they are about; then the longest.
  const isEnd = (id: number) => id === a.pieces.at(-1)?.id && id === b.pieces.at(-1)?.id;
  const nLetters = (at: number) => written(a.text, a.pieces[at]).replace(/[^\p{L}\p{M}]/gu, "").length;
  return [...found]
    .sort(([one, x], [other, y]) => Number(isEnd(other)) - Number(isEnd(one)) || nLetters(y) - nLetters(x) || y - x)
    .map(([id]) => ({ id }));
}

/** What a token covers of its text; its name may be spelled in bytes. */
function written(text: string, { start, end }: Piece): string {
  return text.slice(start, end).trim();
}

/** How much two vectors after the network differ. */
export type Difference = "same" | "little" | "clear";

const SAME = 0.9995;
const LITTLE = 0.9;

export function differenceOf(cosine: number): Difference {
  if (cosine >= SAME) return "same";
  return cosine >= LITTLE ? "little" : "clear";
}

/** Whether the same tokens stand before these places in both texts: they are all that a model reads for a token. */
export function isReadAlike(
  texts: readonly [readonly ModelToken[], readonly ModelToken[]],
  positions: readonly [number, number],
): boolean {
  const [a, b] = texts.map((tokens, at) => tokens.slice(0, positions[at]));
  return a.length === b.length && a.every(({ id }, at) => id === b[at].id);
}

/** The tokens of the text itself, without the one that stands before each text. */
export function ofText(tokens: readonly ModelToken[], endOfText: number | null): readonly ModelToken[] {
  return endOfText !== null && tokens[0]?.id === endOfText ? tokens.slice(1) : tokens;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

/** How far a row has moved, relative to its length; its score with a vector before and after. */
export interface Move {
  readonly difference: readonly number[];
  /** NaN for a row of zeros. */
  readonly share: number;
  readonly scoreBefore: number;
  readonly scoreAfter: number;
}

export function moveOf({ before, after }: MovedRow, hidden: ArrayLike<number>): Move {
  const difference = after.map((value, d) => value - before[d]);
  return {
    difference,
    share: Math.sqrt(dot(difference, difference) / dot(before, before)),
    scoreBefore: dot(before, hidden),
    scoreAfter: dot(after, hidden),
  };
}

/** The rows of a step that are shown: that of the last token read, then those of the target and of the best other one. */
export function shownRowsOf({ tokens, target, rows }: TrainingStep): {
  readonly input: MovedRow | null;
  readonly target: MovedRow | null;
  readonly other: MovedRow | null;
} {
  const last = tokens.at(-1)?.id;
  const find = (test: (row: MovedRow) => boolean) => rows.find(test) ?? null;
  return {
    input: find(({ table, id }) => table === "input" && id === last),
    target: find(({ table, id }) => table === "output" && id === target.id),
    other: find(({ table, id }) => table === "output" && id !== target.id),
  };
}
