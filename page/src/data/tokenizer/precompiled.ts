/**
 * The table of characters of a SentencePiece model, as the step Precompiled of Hugging Face `tokenizers` applies it
 * (normalizers/precompiled.rs and the crate spm_precompiled), which differs from SentencePiece itself: of a grapheme of
 * less than six bytes, the replacement of its shortest beginning in the table takes the place of all of it.
 *
 * The table: four bytes, little-endian, the length of a double array (darts-clone); its units, whose keys are UTF-8 and
 * whose values are offsets; the replacements, each ended by a zero byte.
 */
import { type Normalizer, type Replacement, rewritten } from "../aligned";

const SHORT = 6; // bytes

export function precompiled(base64: string): Normalizer {
  const replacementOf = table(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  const encoder = new TextEncoder();
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

  function* replacements(text: string): Iterable<Replacement> {
    for (const { segment } of graphemes.segment(text)) {
      const bytes = encoder.encode(segment);
      const whole = bytes.length < SHORT ? replacementOf(bytes) : null;
      if (whole !== null) yield [segment, whole];
      else for (const character of segment) yield [character, replacementOf(encoder.encode(character))];
    }
  }

  return (aligned) => rewritten(aligned, replacements(aligned.text));
}

const HAS_LEAF = 0x100;
const LABEL = 0x800000ff;

/** What takes the place of the shortest beginning of a text that the table has; null where it has none. */
function table(bytes: Uint8Array): (text: Uint8Array) => string | null {
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  const units = Uint32Array.from({ length: size / 4 }, (_, at) => view.getUint32(4 + 4 * at, true));
  const replacements = bytes.subarray(4 + size);
  const decoder = new TextDecoder();
  const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  const made = new Map<number, string>();

  function replacement(start: number): string {
    let text = made.get(start);
    if (text === undefined) {
      text = decoder.decode(replacements.subarray(start, replacements.indexOf(0, start)));
      made.set(start, text);
    }
    return text;
  }

  return (text) => {
    let at = offset(units[0]);
    for (const byte of text) {
      at ^= byte;
      const unit = units[at] ?? 0;
      if (byte === 0 || (unit & LABEL) >>> 0 !== byte) return null;
      at ^= offset(unit);
      if (unit & HAS_LEAF) return replacement(units[at] & 0x7fffffff);
    }
    return null;
  };
}
