/** The models, which cut a piece of text into tokens. */
import { inSlices } from "./in-slices";
import { Merges } from "./merges";
import { type Part, refuse, typeOf } from "./part";

/** A token and the UTF-16 units of the piece that it comes from. */
export type Cut = readonly [token: string, from: number, to: number];

export interface Model {
  readonly cut: (text: string) => Cut[];
  /** The row of a token; undefined where the file has none. */
  readonly id: (token: string) => number | undefined;
  /** The token for text that has none. */
  readonly unknown: string | null;
}

export async function model(part: Part): Promise<Model> {
  switch (part.type) {
    case "WordLevel":
      // Words outside the vocabulary keep their own names.
      return { cut: (text) => [[text, 0, text.length]], id: await idsOf(part), unknown: null };
    case "WordPiece":
      return wordPieces(part);
    case "BPE":
      if (part.dropout || part.continuing_subword_prefix || part.end_of_word_suffix) break;
      return pairs(part);
    case "Unigram":
      return unigram(part);
  }
  return refuse(`model ${typeOf(part)}`);
}

async function idsOf(part: Part): Promise<Model["id"]> {
  const vocabulary = part.vocab as Readonly<Record<string, number>>;
  const ids = new Map<string, number>();
  await inSlices(Object.keys(vocabulary), (token) => ids.set(token, vocabulary[token]));
  return (token) => ids.get(token);
}

/** The longest token that fits, again and again (Devlin et al. 2019); a word that this leaves a rest of is unknown. */
async function wordPieces(part: Part): Promise<Model> {
  const id = await idsOf(part);
  const prefix = part.continuing_subword_prefix as string;
  const unknown = part.unk_token as string;
  const longest = (part.max_input_chars_per_word as number | undefined) ?? 100;
  const cut = (word: string): Cut[] => {
    const ends = endsOf(word);
    const asUnknown: Cut[] = [[unknown, 0, word.length]];
    if (ends.length > longest) return asUnknown;
    const cuts: Cut[] = [];
    for (let at = 0; at < word.length;) {
      const end = ends.findLast((each) => each > at && id((at ? prefix : "") + word.slice(at, each)) !== undefined);
      if (end === undefined) return asUnknown;
      cuts.push([(at ? prefix : "") + word.slice(at, end), at, end]);
      at = end;
    }
    return cuts;
  };
  return { cut, id, unknown };
}

/** Where each character ends, in UTF-16 units. */
function endsOf(text: string): number[] {
  let at = 0;
  return Array.from(text, (character) => (at += character.length));
}

async function pairs(part: Part): Promise<Model> {
  const id = await idsOf(part);
  const merges = await Merges.of(part.merges as [string, string][] | string[]);
  const has = (token: string) => id(token) !== undefined;
  const unknown = (part.unk_token as string | null | undefined) ?? null;
  const cut = (text: string): Cut[] => {
    if (part.ignore_merges && has(text)) return [[text, 0, text.length]];
    const cuts: Cut[] = [];
    let at = 0;
    let wasUnknown = false;
    for (const merged of merges.apply(text)) {
      const from = at;
      at += merged.length;
      const known = has(merged) ? [merged] : bytesOf(part, merged, has);
      if (known !== null) cuts.push(...known.map((token): Cut => [token, from, at]));
      else if (unknown !== null && wasUnknown && part.fuse_unk) cuts.push([unknown, cuts.pop()![1], at]);
      else if (unknown !== null) cuts.push([unknown, from, at]);
      wasUnknown = known === null;
    }
    return cuts;
  };
  return { cut, id, unknown };
}

/** The tokens of the bytes of `text`; null where the model does not fall back to bytes, or lacks one. */
function bytesOf(part: Part, text: string, has: (token: string) => boolean): string[] | null {
  if (!part.byte_fallback) return null;
  const bytes = Array.from(new TextEncoder().encode(text), byteToken);
  return bytes.every(has) ? bytes : null;
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** Below the score of the least likely token: that of a character without one. */
const UNKNOWN_PENALTY = 10;

/** The most likely tokens (Kudo 2018, by Viterbi's algorithm); of equally likely ones those whose last begins first. */
async function unigram(part: Part): Promise<Model> {
  const vocabulary = part.vocab as readonly (readonly [string, number])[];
  const unknownRow = part.unk_id as number | null;
  const unknown = unknownRow === null ? null : (vocabulary[unknownRow]?.[0] ?? null);
  const ids = new Map<string, number>();
  const longest = new Map<string, number>(); // by first character
  let lowest = Infinity;
  await inSlices(vocabulary, ([token, score], row) => {
    ids.set(token, row);
    longest.set(token[0], Math.max(longest.get(token[0]) ?? 0, token.length));
    lowest = Math.min(lowest, score);
  });

  /** Where the last token of the best way to each place begins, and whether it is unknown. */
  function bestWays(text: string): { readonly starts: Int32Array; readonly isKnown: Uint8Array } {
    const starts = new Int32Array(text.length + 1).fill(-1);
    const isKnown = new Uint8Array(text.length + 1);
    const scores = new Float64Array(text.length + 1);
    const offer = (start: number, end: number, score: number, known: boolean) => {
      if (starts[end] >= 0 && score <= scores[end]) return;
      starts[end] = start;
      scores[end] = score;
      isKnown[end] = Number(known);
    };
    for (let at = 0; at < text.length;) {
      const next = at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
      const last = Math.min(text.length, at + (longest.get(text[at]) ?? 0));
      let hasOwn = false;
      for (let end = next; end <= last; end++) {
        const row = ids.get(text.slice(at, end));
        if (row === undefined) continue;
        offer(at, end, vocabulary[row][1] + scores[at], row !== unknownRow);
        hasOwn ||= end === next;
      }
      if (!hasOwn) offer(at, next, lowest - UNKNOWN_PENALTY + scores[at], false);
      at = next;
    }
    return { starts, isKnown };
  }

  const cut = (text: string): Cut[] => {
    const { starts, isKnown } = bestWays(text);
    const cuts: Cut[] = [];
    let wasKnown = true;
    for (let end = text.length; end > 0;) {
      const start = starts[end];
      const known = isKnown[end] === 1;
      // Unknown characters side by side are one token.
      const to = !known && !wasKnown ? cuts.pop()![2] : end;
      cuts.push([text.slice(start, to), start, to]);
      wasKnown = known;
      end = start;
    }
    return cuts.reverse().flatMap((each) => {
      const bytes = ids.has(each[0]) ? null : bytesOf(part, each[0], (token) => ids.has(token));
      return bytes === null ? [each] : bytes.map((token): Cut => [token, each[1], each[2]]);
    });
  };
  return { cut, id: (token) => ids.get(token), unknown };
}
