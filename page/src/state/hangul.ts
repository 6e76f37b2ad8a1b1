/**
 * Search for Hangul by its letters, as a keyboard types them: 여, 영ㅎ and 영호 are on the way to 영화, and its
 * decomposed form (NFD) has the same letters. Initial consonants alone, ㅇㅎ, also stand for the syllables that begin
 * with them.
 */
import type { TokenTable } from "../data/tokens";
import {
  FINALS,
  FIRST_INITIAL,
  FIRST_SYLLABLE,
  FIRST_VOWEL,
  INITIALS,
  LAST_SYLLABLE,
  letterOfPart,
  VOWELS,
} from "./jamo";

/** Letters that two keys type. */
// prettier-ignore
const TWO_KEYS: Readonly<Record<string, string>> = {
  ㅘ: "ㅗㅏ", ㅙ: "ㅗㅐ", ㅚ: "ㅗㅣ", ㅝ: "ㅜㅓ", ㅞ: "ㅜㅔ", ㅟ: "ㅜㅣ", ㅢ: "ㅡㅣ",
  ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ", ㄾ: "ㄹㅌ", ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ",
};

/** Where Unicode has letters that stand alone. */
const ALONE = { first: 0x3131, last: 0x3163 };

/** How many keys a syllable takes at most, such as 꽧. */
const MOST_KEYS = 5;

const INITIAL_UNITS = new Set(unitsOf(INITIALS));
/** How tokenizers mark the start of a word, which is no part of what is typed. */
const MARKS = new Set(unitsOf(" ▁Ġ"));

/** How a token matches, the best first: all its letters, its first ones, others, and the same for its initials. */
const RANKS = 5;
const [WHOLE, BEGINNING, INSIDE, FIRST_INITIALS, INITIALS_INSIDE] = [0, 1, 2, 3, 4];

export interface HangulSearch {
  /** Ids of the tokens that match, ascending, in groups of which the best comes first; none without Hangul. */
  search(text: string): Uint32Array[];
}

const made = new WeakMap<TokenTable, HangulSearch>();

/** The search over these tokens; its index is built at the first text with Hangul. */
export function hangulSearch(tokens: TokenTable): HangulSearch {
  let search = made.get(tokens);
  if (search === undefined) made.set(tokens, (search = createHangulSearch(tokens)));
  return search;
}

function createHangulSearch(tokens: TokenTable): HangulSearch {
  let index: HangulIndex | null = null;
  return {
    search(text) {
      if (!holdsHangul(text, 0, text.length)) return [];
      const letters = lettersIn(text);
      index ??= buildIndex(tokens);
      const areInitials = letters.every((letter) => INITIAL_UNITS.has(letter));
      const groups: number[][] = Array.from({ length: RANKS }, () => []);
      for (let at = 0; at < index.ids.length; at++) {
        const rank = rankByLetters(index, at, letters) ?? (areInitials ? rankByInitials(index, at, letters) : null);
        if (rank !== null) groups[rank].push(index.ids[at]);
      }
      return groups.map((ids) => Uint32Array.from(ids));
    },
  };
}

/** The tokens that hold Hangul, as letters. */
interface HangulIndex {
  readonly ids: Uint32Array;
  /** The letters of token ids[at] are letters[offsets[at]] … letters[offsets[at + 1] - 1]. */
  readonly offsets: Uint32Array;
  /** UTF-16 units: letters that stand alone, and whatever is not Hangul. */
  readonly letters: Uint16Array;
  /** 1 where a character begins. */
  readonly starts: Uint8Array;
}

function buildIndex(tokens: TokenTable): HangulIndex {
  const ids: number[] = [];
  const offsets = [0];
  const written = new Writer(2 * tokens.all.length);
  for (let id = 0; id < tokens.n; id++) {
    const [from, to] = [tokens.offsets[id], tokens.offsets[id + 1]];
    if (!holdsHangul(tokens.all, from, to)) continue;
    written.add(tokens.all, from, to);
    ids.push(id);
    offsets.push(written.n);
  }
  return { ids: Uint32Array.from(ids), offsets: Uint32Array.from(offsets), ...written.done() };
}

function lettersIn(text: string): Uint16Array {
  const written = new Writer(2 * text.length);
  written.add(text, 0, text.length);
  return written.done().letters;
}

class Writer {
  n = 0;
  private letters: Uint16Array;
  private starts: Uint8Array;

  constructor(capacity: number) {
    this.letters = new Uint16Array(capacity);
    this.starts = new Uint8Array(capacity);
  }

  /** Add the letters of text.slice(from, to). */
  add(text: string, from: number, to: number): void {
    this.grow(MOST_KEYS * (to - from));
    let follows = false;
    for (let at = from; at < to; at++) {
      const unit = text.charCodeAt(at);
      const letters = lettersOf(unit);
      this.starts[this.n] = follows && isJoiningPart(unit) ? 0 : 1;
      if (letters === null) this.letters[this.n++] = smallLetter(unit);
      else for (const letter of letters) this.letters[this.n++] = letter;
      follows = letters !== null;
    }
  }

  done(): { letters: Uint16Array; starts: Uint8Array } {
    return { letters: this.letters.slice(0, this.n), starts: this.starts.slice(0, this.n) };
  }

  private grow(more: number): void {
    if (this.n + more <= this.letters.length) return;
    const capacity = 2 * (this.n + more);
    const [letters, starts] = [new Uint16Array(capacity), new Uint8Array(capacity)];
    letters.set(this.letters);
    starts.set(this.starts);
    [this.letters, this.starts] = [letters, starts];
  }
}

function rankByLetters({ offsets, letters, starts }: HangulIndex, at: number, wanted: Uint16Array): number | null {
  const [first, end] = [offsets[at], offsets[at + 1]];
  for (let from = first; from + wanted.length <= end; from++) {
    if (starts[from] === 0 || letters[from] !== wanted[0]) continue;
    let n = 1;
    while (n < wanted.length && letters[from + n] === wanted[n]) n++;
    if (n < wanted.length) continue;
    if (!isBeginning(letters, first, from)) return INSIDE;
    return from + n === end ? WHOLE : BEGINNING;
  }
  return null;
}

function rankByInitials({ offsets, letters, starts }: HangulIndex, at: number, wanted: Uint16Array): number | null {
  const [first, end] = [offsets[at], offsets[at + 1]];
  for (let from = first; from < end; from++) {
    if (starts[from] === 0 || letters[from] !== wanted[0]) continue;
    let n = 1;
    for (let next = from + 1; n < wanted.length && next < end; next++) {
      if (starts[next] === 0) continue;
      if (letters[next] !== wanted[n]) break;
      n++;
    }
    if (n === wanted.length) return isBeginning(letters, first, from) ? FIRST_INITIALS : INITIALS_INSIDE;
  }
  return null;
}

function isBeginning(letters: Uint16Array, first: number, from: number): boolean {
  return from === first || (from === first + 1 && MARKS.has(letters[first]));
}

function holdsHangul(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (lettersOf(text.charCodeAt(at)) !== null) return true;
  return false;
}

const cache = new Map<number, readonly number[] | null>();

/** The letters of a UTF-16 unit, as keys type them; null for one that is not Hangul. */
function lettersOf(unit: number): readonly number[] | null {
  if (unit < FIRST_INITIAL || unit > LAST_SYLLABLE) return null;
  let letters = cache.get(unit);
  if (letters === undefined) cache.set(unit, (letters = spelledOut(unit)));
  return letters;
}

function spelledOut(unit: number): readonly number[] | null {
  if (unit >= FIRST_SYLLABLE && unit <= LAST_SYLLABLE) {
    const [rest, final] = divided(unit - FIRST_SYLLABLE, FINALS.length + 1);
    const [initial, vowel] = divided(rest, VOWELS.length);
    return [INITIALS[initial], VOWELS[vowel], ...(final > 0 ? [FINALS[final - 1]] : [])].flatMap(keysOf);
  }
  if (unit >= ALONE.first && unit <= ALONE.last) return keysOf(String.fromCharCode(unit));
  const letter = letterOfPart(unit);
  return letter === null ? null : keysOf(letter);
}

/** Whether it is a vowel or a final that continues the syllable before it. */
function isJoiningPart(unit: number): boolean {
  return unit >= FIRST_VOWEL && unit < ALONE.first;
}

function keysOf(letter: string): number[] {
  return unitsOf(TWO_KEYS[letter] ?? letter);
}

function smallLetter(unit: number): number {
  return unit >= 65 && unit <= 90 ? unit + 32 : unit; // A … Z
}

function divided(value: number, by: number): [quotient: number, rest: number] {
  return [Math.floor(value / by), value % by];
}

function unitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}
