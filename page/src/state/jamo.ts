/**
 * The letters of Hangul syllables, as in tovec/text/jamo.py. Unicode has them twice: as parts that join into syllables
 * (U+1100 …), and as letters that stand alone (U+3131 …), which every Korean font has.
 */
export const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
export const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
export const FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

export const FIRST_SYLLABLE = 0xac00;
export const LAST_SYLLABLE = 0xd7a3;
/** The first part of each kind. */
export const FIRST_INITIAL = 0x1100;
export const FIRST_VOWEL = 0x1161;
const FIRST_FINAL = 0x11a8;

const KINDS = [
  { first: FIRST_INITIAL, letters: INITIALS },
  { first: FIRST_VOWEL, letters: VOWELS },
  { first: FIRST_FINAL, letters: FINALS },
];

/** The letter that stands alone for a part of a syllable, by its code; null for other characters. */
export function letterOfPart(code: number): string | null {
  for (const { first, letters } of KINDS)
    if (code >= first && code < first + letters.length) return letters[code - first];
  return null;
}
