/** The steps that change a text before it is cut. */
import { ReplaceNormalizer } from "@huggingface/tokenizers";
import { decomposed, lowercase, nfc, type Normalizer, oneSpace, prepended, replaced, substitute } from "../aligned";
import { cleaned, spacedHan, withoutMarks } from "./bert";
import { type Part, refuse, typeOf } from "./part";
import { precompiled } from "./precompiled";
import { nfkc, nfkd, nmt, stripped, withoutAccents } from "./unicode";

/** Those that have no settings. */
const PLAIN: Readonly<Record<string, Normalizer>> = {
  NFC: nfc,
  NFD: decomposed,
  NFKC: nfkc,
  NFKD: nfkd,
  Nmt: nmt,
  Lowercase: lowercase,
  StripAccents: withoutAccents,
};

export function normalizer(part: Part | null): Normalizer {
  switch (part?.type) {
    case undefined:
      return (aligned) => aligned;
    case "Sequence":
      return inTurn((part!.normalizers as Part[]).map(normalizer));
    case "Prepend":
      return (aligned) => (aligned.text === "" ? aligned : prepended(aligned, part!.prepend as string));
    case "Replace":
      return replace(part!);
    case "Strip":
      return stripped(part!.strip_left as boolean, part!.strip_right as boolean);
    case "BertNormalizer":
      return bert(part!);
    case "Precompiled":
      if (part!.precompiled_charsmap) return precompiled(part!.precompiled_charsmap as string);
  }
  return PLAIN[typeOf(part)] ?? refuse(`normalizer ${typeOf(part)}`);
}

function inTurn(steps: readonly Normalizer[]): Normalizer {
  return (aligned) => steps.reduce((done, step) => step(done), aligned);
}

function replace(part: Part): Normalizer {
  const { String: from, Regex: regex } = part.pattern as { String?: string; Regex?: string };
  const to = part.content as string;
  if (regex === String.raw`\s+` && to === " ") return oneSpace;
  if (from?.length === 1 && to.length === 1) return substitute(from, to);
  const { pattern } = new ReplaceNormalizer(part as never);
  return (aligned) => replaced(aligned, pattern!, to);
}

function bert({ clean_text, handle_chinese_chars, strip_accents, lowercase: isLower }: Part): Normalizer {
  return inTurn([
    ...(clean_text ? [cleaned] : []),
    ...(handle_chinese_chars ? [spacedHan] : []),
    ...((strip_accents ?? isLower) ? [decomposed, withoutMarks] : []),
    ...(isLower ? [lowercase] : []),
  ]);
}
