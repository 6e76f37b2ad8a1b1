/**
 * Text to ids in the browser, from the tokenizer.json of an exported page.
 *
 * It gives the tokens, ids and offsets that tovec/text/spans.py gives. Regular expressions and the models of
 * subwords are those of @huggingface/tokenizers; what that library lacks or does differently is here: offsets,
 * the steps before the model, WordLevel, and unigram's merging of unknown characters. A part of a file that is
 * not known to give the same ids is refused, in one line.
 */
import { BPE, SplitPreTokenizer, Unigram } from "@huggingface/tokenizers";
import {
  type Aligned,
  align,
  joinMarks,
  lowercase,
  nfc,
  type Normalizer,
  oneSpace,
  prepended,
  slice,
  substitute,
} from "./aligned";
import type { Piece } from "./source";
import type { TokenTable } from "./tokens";

export type BrowserTokenizer = (text: string) => Piece[];

/** A part of tokenizer.json: {"type": …, …}. */
type Part = Readonly<Record<string, unknown>>;
type PreTokenizer = (aligned: Aligned) => Aligned[];
/** A token and the UTF-16 units of the pre-token it comes from. */
type Cut = readonly [token: string, from: number, to: number];
type Model = (text: string) => Cut[];

const LONE_SURROGATE = /\p{Surrogate}/u;

/** `unknown`: the id of unknown text; null if it has none. Throws an Error of one line. */
export function browserTokenizer(json: string, tokens: TokenTable, unknown: number | null): BrowserTokenizer {
  const file = JSON.parse(json) as Readonly<Record<string, Part | null>>;
  const added = file.added_tokens as unknown as readonly unknown[] | null;
  if (added?.length) refuse("added tokens");
  const normalize = normalizer(file.normalizer);
  const preTokenize = preTokenizer(file.pre_tokenizer);
  const { cut, unknownToken } = model(file.model!);

  return (text) => {
    if (LONE_SURROGATE.test(text)) throw new Error("the text holds a lone surrogate, which is not text");
    const found: { start: number; end: number; token: string }[] = [];
    for (const piece of preTokenize(normalize(align(text))))
      for (const [token, from, to] of cut(piece.text))
        found.push({ start: piece.starts[from], end: piece.ends[to - 1], token });
    joinMarks(found, text);
    return found.map(({ start, end, token }): Piece => {
      const id = tokens.id(token);
      const known = id !== null && id !== unknown && token !== unknownToken;
      return { start, end, token, id: id ?? unknown, known };
    });
  };
}

function refuse(what: string): never {
  throw new Error(`this file's tokenizer works in \`tovec view\` only: the page cannot read its ${what}`);
}

function typeOf(part: Part | null): string {
  return String(part?.type);
}

function normalizer(part: Part | null): Normalizer {
  switch (part?.type) {
    case undefined:
      return (aligned) => aligned;
    case "Sequence": {
      const steps = (part!.normalizers as Part[]).map(normalizer);
      return (aligned) => steps.reduce((done, step) => step(done), aligned);
    }
    case "NFC":
      return nfc;
    case "Lowercase":
      return lowercase;
    case "Replace": {
      const { String: from, Regex: regex } = part!.pattern as { String?: string; Regex?: string };
      const to = part!.content as string;
      if (regex === String.raw`\s+` && to === " ") return oneSpace;
      if (from?.length === 1 && to.length === 1) return substitute(from, to);
    }
  }
  return refuse(`normalizer ${typeOf(part)}`);
}

const NOT_SPACE = /\P{White_Space}+/gu;

/** The punctuation of Unicode 8, which Hugging Face's library knows: ASCII's symbols too, nothing newer. */
const PUNCTUATION = new RegExp(
  String.raw`[[\p{P}$+<=>\^\`\|~\u166D\u{111C9}]--[\u061D\u09FD\u0A76\u0C77\u0C84\u1B4E\u1B4F\u1B7D-\u1B7F` +
    String.raw`\u2E43-\u2E5D\u{10D6E}\u{10EAD}\u{10ED0}\u{10F55}-\u{10F59}\u{10F86}-\u{10F89}\u{113D4}-\u{113D8}` +
    String.raw`\u{1144B}-\u{1145D}\u{11660}-\u{1166C}\u{116B9}\u{1183B}\u{11944}-\u{11946}\u{119E2}` +
    String.raw`\u{11A3F}-\u{11A46}\u{11A9A}-\u{11AA2}\u{11B00}-\u{11B09}\u{11BE1}\u{11C41}-\u{11C45}` +
    String.raw`\u{11C70}\u{11C71}\u{11EF7}\u{11EF8}\u{11F43}-\u{11F4F}\u{11FFF}\u{12FF1}\u{12FF2}` +
    String.raw`\u{16D6D}-\u{16D6F}\u{16E97}-\u{16E9A}\u{16FE2}\u{1E5FF}\u{1E95E}\u{1E95F}]]`,
  "gv",
);

function preTokenizer(part: Part | null): PreTokenizer {
  switch (part?.type) {
    case undefined:
      return (aligned) => (aligned.text === "" ? [] : [aligned]);
    case "Sequence": {
      const steps = (part!.pretokenizers as Part[]).map(preTokenizer);
      return (aligned) => steps.reduce((pieces, step) => pieces.flatMap(step), [aligned]);
    }
    case "WhitespaceSplit":
      return (aligned) => matches(aligned, NOT_SPACE);
    case "Punctuation":
      if (part!.behavior === "Isolated") return (aligned) => isolated(aligned, PUNCTUATION);
      break;
    case "Split": {
      const pattern = new SplitPreTokenizer(part as never).pattern!;
      if (part!.behavior === "Removed" && part!.invert) return (aligned) => matches(aligned, pattern);
      if (part!.behavior === "Isolated") return (aligned) => isolated(aligned, pattern);
      break;
    }
    case "Metaspace":
      if (part!.prepend_scheme === "always" && part!.split) return metaspace(part!.replacement as string);
      if (part!.prepend_scheme === "never" && !part!.split) {
        const joint = substitute(" ", part!.replacement as string);
        return (aligned) => [joint(aligned)];
      }
  }
  return refuse(`pre-tokenizer ${typeOf(part)}`);
}

function matches(aligned: Aligned, pattern: RegExp): Aligned[] {
  const found = aligned.text.matchAll(pattern);
  return Array.from(found, ({ 0: piece, index }) => slice(aligned, index, index + piece.length));
}

/** The matches of the pattern, and the text between them. */
function isolated(aligned: Aligned, pattern: RegExp): Aligned[] {
  const pieces: Aligned[] = [];
  let at = 0;
  const upTo = (end: number) => {
    if (end > at) pieces.push(slice(aligned, at, end));
    at = end;
  };
  for (const { 0: piece, index } of aligned.text.matchAll(pattern)) {
    upTo(index);
    upTo(index + piece.length);
  }
  upTo(aligned.text.length);
  return pieces;
}

/** `mark` for each space and before the text, which is cut before each mark. */
function metaspace(mark: string): PreTokenizer {
  const word = new RegExp(`${mark}[^${mark}]*`, "gu");
  const spaces = substitute(" ", mark);
  return (aligned) => {
    if (aligned.text === "") return [];
    const marked = spaces(aligned);
    return matches(marked.text.startsWith(mark) ? marked : prepended(marked, mark), word);
  };
}

function model(part: Part): { cut: Model; unknownToken: string | null } {
  switch (part.type) {
    case "WordLevel":
      // The table of tokens says which of these have rows; it may hide the file's own entry for unknown text.
      return { cut: (text) => [[text, 0, text.length]], unknownToken: null };
    case "BPE":
      if (part.dropout || part.fuse_unk || part.ignore_merges) break;
      if (part.continuing_subword_prefix || part.end_of_word_suffix) break;
      return pairs(part);
    case "Unigram":
      if (!part.byte_fallback) return unigram(part);
  }
  return refuse(`model ${typeOf(part)}`);
}

function pairs(part: Part): { cut: Model; unknownToken: string | null } {
  const library = new BPE(part as never);
  const unknownToken = (part.unk_token as string | null | undefined) ?? null;
  const tokensOf = (text: string): string[] => {
    if (library.tokens_to_ids.has(text)) return [text];
    const bytes = part.byte_fallback ? Array.from(new TextEncoder().encode(text), byteToken) : [];
    if (bytes.length && bytes.every((byte) => library.tokens_to_ids.has(byte))) return bytes;
    return unknownToken === null ? [] : [unknownToken];
  };
  const cut: Model = (text) => {
    let at = 0;
    return library.bpe(text).flatMap((merged) => {
      const from = at;
      at += merged.length;
      return tokensOf(merged).map((token): Cut => [token, from, at]);
    });
  };
  return { cut, unknownToken };
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

function unigram(part: Part): { cut: Model; unknownToken: string | null } {
  const library = new Unigram(part as never, "");
  const cut: Model = (text) => {
    const cuts: Cut[] = [];
    let at = 0;
    let wasKnown = true;
    for (const token of library.tokenize(text)) {
      const known = library.tokens_to_ids.has(token);
      const last = cuts.at(-1);
      const end = at + token.length;
      // Unknown characters side by side are one token.
      if (last && !known && !wasKnown) cuts[cuts.length - 1] = [last[0] + token, last[1], end];
      else cuts.push([token, at, end]);
      at = end;
      wasKnown = known;
    }
    return cuts;
  };
  return { cut, unknownToken: (part.vocab as [string, number][])[part.unk_id as number]?.[0] ?? null };
}
