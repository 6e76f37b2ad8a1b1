/** The steps that cut a text into pieces, each of which the model cuts by itself. */
import { SplitPreTokenizer } from "@huggingface/tokenizers";
import { type Aligned, prepended, slice, substitute, toBytes } from "../aligned";
import { type Part, refuse, typeOf } from "./part";

export type PreTokenizer = (aligned: Aligned) => Aligned[];

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

/** Of GPT-2 (Radford et al. 2019, encoder.py). */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const NUMBER = /\p{N}/gu;
const NUMBERS = /\p{N}+/gu;

/** Where the matches of a Split step go, by its `behavior`: see `isolated`. */
const SPLITS: Readonly<Record<string, (aligned: Aligned, pattern: RegExp) => Aligned[]>> = {
  Isolated: isolated,
  Removed: (aligned, pattern) => between(aligned, pattern),
  MergedWithPrevious: mergedWithPrevious,
};

export function preTokenizer(part: Part | null): PreTokenizer {
  switch (part?.type) {
    case undefined:
      return (aligned) => (aligned.text === "" ? [] : [aligned]);
    case "Sequence": {
      const steps = (part!.pretokenizers as Part[]).map(preTokenizer);
      return (aligned) => steps.reduce((pieces, step) => pieces.flatMap(step), [aligned]);
    }
    case "WhitespaceSplit":
      return (aligned) => matches(aligned, NOT_SPACE);
    case "BertPreTokenizer":
      return (aligned) => matches(aligned, NOT_SPACE).flatMap((word) => isolated(word, PUNCTUATION));
    case "Punctuation":
      if (part!.behavior === "Isolated") return (aligned) => isolated(aligned, PUNCTUATION);
      break;
    case "Digits":
      return (aligned) => isolated(aligned, part!.individual_digits ? NUMBER : NUMBERS);
    case "Split":
      return split(part!);
    case "Metaspace":
      return metaspace(part!);
    case "ByteLevel":
      return byteLevel(part!);
  }
  return refuse(`pre-tokenizer ${typeOf(part)}`);
}

function split(part: Part): PreTokenizer {
  const pattern = new SplitPreTokenizer(part as never).pattern!;
  const { behavior, invert } = part;
  if (invert) {
    if (behavior === "Removed") return (aligned) => matches(aligned, pattern);
    if (behavior === "Isolated") return (aligned) => isolated(aligned, pattern);
  } else if (String(behavior) in SPLITS) {
    const cut = SPLITS[String(behavior)];
    return (aligned) => cut(aligned, pattern);
  }
  return refuse("pre-tokenizer Split");
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

function between(aligned: Aligned, pattern: RegExp): Aligned[] {
  const pieces: Aligned[] = [];
  let at = 0;
  const upTo = (end: number) => void (end > at && pieces.push(slice(aligned, at, end)));
  for (const { 0: piece, index } of aligned.text.matchAll(pattern)) {
    upTo(index);
    at = index + piece.length;
  }
  upTo(aligned.text.length);
  return pieces;
}

/** Each match ends a piece. */
function mergedWithPrevious(aligned: Aligned, pattern: RegExp): Aligned[] {
  const ends = Array.from(aligned.text.matchAll(pattern), ({ 0: piece, index }) => index + piece.length);
  const pieces: Aligned[] = [];
  let at = 0;
  for (const end of [...ends, aligned.text.length]) {
    if (end > at) pieces.push(slice(aligned, at, end));
    at = end;
  }
  return pieces;
}

/** A mark for each space and, by `prepend_scheme`, before the text; `split`: cut before each mark. */
function metaspace({ replacement, prepend_scheme: scheme, split: isCut }: Part): PreTokenizer {
  const mark = replacement as string;
  const word = new RegExp(`${mark}[^${mark}]*|[^${mark}]+`, "gu");
  const spaces = substitute(" ", mark);
  return (aligned) => {
    if (aligned.text === "") return [];
    let marked = spaces(aligned);
    const isMarked = scheme === "always" || (scheme === "first" && aligned.starts[0] === 0);
    if (isMarked && !marked.text.startsWith(mark)) marked = prepended(marked, mark);
    return isCut ? matches(marked, word) : [marked];
  };
}

/** A character for each byte. */
function byteLevel({ add_prefix_space: isPrefixed, use_regex: isCut }: Part): PreTokenizer {
  return (aligned) => {
    if (aligned.text === "") return [];
    const text = isPrefixed && !aligned.text.startsWith(" ") ? prepended(aligned, " ") : aligned;
    return ((isCut ?? true) ? matches(text, GPT2) : [text]).map(toBytes);
  };
}
