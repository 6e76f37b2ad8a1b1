/** The models, which cut a piece of text into tokens. */
import { BPE, Unigram } from "@huggingface/tokenizers";
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

export function model(part: Part): Model {
  switch (part.type) {
    case "WordLevel":
      // Words outside the vocabulary keep their own names.
      return { cut: (text) => [[text, 0, text.length]], id: idsOf(part), unknown: null };
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

function idsOf(part: Part): Model["id"] {
  const ids = new Map(Object.entries(part.vocab as Record<string, number>));
  return (token) => ids.get(token);
}

/** The longest token that fits, again and again (Devlin et al. 2019); a word that this leaves a rest of is unknown. */
function wordPieces(part: Part): Model {
  const id = idsOf(part);
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

function pairs(part: Part): Model {
  const library = new BPE(part as never);
  const ids = library.tokens_to_ids;
  const unknown = (part.unk_token as string | null | undefined) ?? null;
  const cut = (text: string): Cut[] => {
    if (part.ignore_merges && ids.has(text)) return [[text, 0, text.length]];
    const cuts: Cut[] = [];
    let at = 0;
    let wasUnknown = false;
    for (const merged of library.bpe(text)) {
      const from = at;
      at += merged.length;
      const known = ids.has(merged) ? [merged] : bytesOf(part, merged, ids);
      if (known !== null) cuts.push(...known.map((token): Cut => [token, from, at]));
      else if (unknown !== null && wasUnknown && part.fuse_unk) cuts.push([unknown, cuts.pop()![1], at]);
      else if (unknown !== null) cuts.push([unknown, from, at]);
      wasUnknown = known === null;
    }
    return cuts;
  };
  return { cut, id: (token) => ids.get(token), unknown };
}

/** The tokens of the bytes of `text`; null where the model does not fall back to bytes, or lacks one. */
function bytesOf(part: Part, text: string, ids: ReadonlyMap<string, number>): string[] | null {
  if (!part.byte_fallback) return null;
  const bytes = Array.from(new TextEncoder().encode(text), byteToken);
  return bytes.every((byte) => ids.has(byte)) ? bytes : null;
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

function unigram(part: Part): Model {
  const library = new Unigram(part as never, "");
  const ids = library.tokens_to_ids;
  const cut = (text: string): Cut[] => {
    const cuts: Cut[] = [];
    let at = 0;
    let wasKnown = true;
    for (const token of library.tokenize(text)) {
      const known = ids.has(token);
      const last = cuts.at(-1);
      const end = at + token.length;
      // Unknown characters side by side are one token.
      if (last && !known && !wasKnown) cuts[cuts.length - 1] = [last[0] + token, last[1], end];
      else cuts.push([token, at, end]);
      at = end;
      wasKnown = known;
    }
    return cuts.flatMap((each) => {
      const bytes = ids.has(each[0]) ? null : bytesOf(part, each[0], ids);
      return bytes === null ? [each] : bytes.map((token): Cut => [token, each[1], each[2]]);
    });
  };
  const unknown = (part.vocab as [string, number][])[part.unk_id as number]?.[0] ?? null;
  return { cut, id: (token) => ids.get(token), unknown };
}
