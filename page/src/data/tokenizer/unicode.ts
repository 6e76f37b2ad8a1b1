/**
 * The steps NFD, NFC, NFKD, NFKC, StripAccents, Strip and Nmt, as Hugging Face `tokenizers` has them
 * (normalizers/unicode.rs, strip.rs). Its tables are older than those of browsers: of what came later only the
 * characters that are listed here differ.
 */
import { type Aligned, compatible, mapped, type Normalizer, slice } from "../aligned";
import { ranges } from "./ranges";

/** Characters that a newer Unicode takes apart. */
const NEWER_COMPATIBLE = new RegExp(
  `^[${ranges("32ff a7f1-a7f4 ab69 10781-10785 10787-107b0 107b2-107ba 1ccd6-1ccf9 1e030-1e06d 1f16c 1fbf0-1fbf9")}]`,
  "u",
);

export const nfkc = compatible("NFKC", NEWER_COMPATIBLE);
export const nfkd = compatible("NFKD", NEWER_COMPATIBLE);

const NEWER_MARKS =
  "7fd 897-89f 8ca-8d3 9fe afa-aff b55 c04 c3c cf3 d00 d3b-d3c d81 eba ece 1715 180f 1abf-1add 1ae0-1aeb 1cf7 " +
  "1df6-1dfa a82c a8ff 10d24-10d27 10d69-10d6d 10eab-10eac 10efa-10eff 10f46-10f50 10f82-10f85 11070 11073-11074 " +
  "110c2 11145-11146 111c9 111ce-111cf 11241 1133b 113b8-113c0 113c2 113c5 113c7-113ca 113cc-113d0 113d2 " +
  "113e1-113e2 1145e 1182c-1183a 11930-11935 11937-11938 1193b-1193e 11940 11942-11943 119d1-119d7 119da-119e0 " +
  "119e4 11a01-11a0a 11a33-11a39 11a3b-11a3e 11a47 11a51-11a5b 11a8a-11a99 11b60-11b67 11d31-11d36 11d3a " +
  "11d3c-11d3d 11d3f-11d45 11d47 11d8a-11d8e 11d90-11d91 11d93-11d97 11ef3-11ef6 11f00-11f01 11f03 11f34-11f3a " +
  "11f3e-11f42 11f5a 13440 13447-13455 1611e-1612f 16f4f 16f7f-16f87 16fe4 16ff0-16ff1 1cf00-1cf2d 1cf30-1cf46 " +
  "1e08f 1e130-1e136 1e2ae 1e2ec-1e2ef 1e4ec-1e4ef 1e5ee-1e5ef 1e6e3 1e6e6 1e6ee-1e6ef 1e6f5";
const MARK = new RegExp(`^[[\\p{M}\\u1cf2\\u1cf3]--[${ranges(NEWER_MARKS)}]]$`, "v");

export const withoutAccents: Normalizer = (aligned) =>
  mapped(aligned, (character) => (MARK.test(character) ? "" : character));

const SPACE_BEFORE = /^\p{White_Space}*/u;
const SPACE_AFTER = /\p{White_Space}*$/u;

/** Without the white space at the left, at the right. */
export function stripped(left: boolean, right: boolean): Normalizer {
  return (aligned: Aligned) => {
    const { text } = aligned;
    const from = left ? SPACE_BEFORE.exec(text)![0].length : 0;
    const to = right ? text.length - SPACE_AFTER.exec(text)![0].length : text.length;
    return slice(aligned, from, Math.max(from, to));
  };
}

const DROPPED = new RegExp("^[\\x01-\\x08\\x0b\\x0e-\\x1f\\x7f\\x8f\\x9f]$");
const AS_SPACE = /^[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]$/;

/** Without control characters; other signs of space are spaces. */
export const nmt: Normalizer = (aligned) =>
  mapped(aligned, (character) => {
    if (DROPPED.test(character)) return "";
    return AS_SPACE.test(character) ? " " : character;
  });
