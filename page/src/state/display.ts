import { letterOfPart } from "./jamo";

/**
 * A token as shown to people: symbols for white space and control characters, ∅ for the empty token, and letters for
 * parts of Hangul syllables that join with nothing.
 */
const SYMBOLS: Readonly<Record<string, string>> = {
  " ": "␣",
  "\n": "⏎",
  "\t": "⇥",
  "\r": "␍",
  "\u00a0": "⍽",
  "\u3000": "□",
  "\u007f": "␡",
  "\u200b": "[ZWSP]",
  "\u200d": "[ZWJ]",
  "\u00ad": "[SHY]",
  "\ufeff": "[BOM]",
};
/** What tokens have for a space: ▁ is SentencePiece's. To split by: the signs are among the parts. */
export const SPACE_SIGN = /([▁␣]+)/;
// A joiner between two emoji makes one emoji of them, so it is not a hidden character.
const HIDDEN = /[\u0000-\u001f\u007f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[^\S ]|^ +| +$| {2,}/gu;

const PART = /[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]/g;
/** With the syllable before them, which they may join. */
const PARTS = new RegExp(`[\uac00-\ud7a3]?(?:${PART.source})+`, "g");

export function display(token: string): string {
  if (token === "") return "∅";
  if (token === "\u200d") return SYMBOLS[token];
  return token.replace(HIDDEN, (found) => Array.from(found, symbol).join("")).replace(PARTS, joinedOrAlone);
}

/** As tovec/text/jamo.py does: a morpheme of Korean can be a part of a syllable, which fonts show badly alone. */
function joinedOrAlone(parts: string): string {
  return parts.normalize("NFC").replace(PART, (part) => letterOfPart(part.charCodeAt(0)) ?? part);
}

function symbol(character: string): string {
  const code = character.codePointAt(0)!;
  return (
    SYMBOLS[character] ??
    (code < 0x20 ? String.fromCodePoint(0x2400 + code) : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`)
  );
}
