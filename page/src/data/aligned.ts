/**
 * Text that is normalized step by step and keeps the alignment to the original.
 *
 * The alignment is that of Hugging Face `tokenizers` (NormalizedString::transform): each character comes from
 * one character of the original; of several that are composed into one, from the first.
 */
export interface Aligned {
  readonly text: string;
  /** For each UTF-16 unit of `text`: it comes from original.slice(starts[at], ends[at]). */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export type Normalizer = (aligned: Aligned) => Aligned;

/** Characters that combine with, or are reordered around, the one before: as in tovec/text/tokenizers/characters.py. */
const JOINING = String.raw`[\p{M}\u1161-\u1175\u11A8-\u11C2\u{16D63}-\u{16D6A}]`;
const CLUSTER = new RegExp(String.raw`[\s\S]${JOINING}*`, "gu");
/** With those that a compatible decomposition makes such a character of: jamo for keyboards, halfwidth marks. */
const COMPATIBLE_CLUSTER = new RegExp(
  String.raw`[\s\S](?:${JOINING}|[\u0E33\u0EB3\u3133\u3135\u3136\u313A-\u313F\u314F-\u3163\uFF9E\uFF9F\uFFA3` +
    String.raw`\uFFA5\uFFA6\uFFAA-\uFFAF\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC])*`,
  "gu",
);

const WHITE_SPACE = /\p{White_Space}+/gu;

export function align(text: string): Aligned {
  const written = new Writer(text.length);
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    written.add(character, at, end);
    at = end;
  }
  return written.done();
}

export function slice({ text, starts, ends }: Aligned, from: number, to: number): Aligned {
  return { text: text.slice(from, to), starts: starts.subarray(from, to), ends: ends.subarray(from, to) };
}

/** `aligned` with `prefix` before it, aligned to the first character too. */
export function prepended(aligned: Aligned, prefix: string): Aligned {
  const written = new Writer(aligned.text.length + prefix.length);
  written.add(prefix, aligned.starts[0], aligned.ends[0]);
  written.copy(aligned);
  return written.done();
}

/** One character for another of the same length. */
export function substitute(from: string, to: string): Normalizer {
  return ({ text, starts, ends }) => ({ text: text.replaceAll(from, to), starts, ends });
}

/** One space for each run of white space. */
export function oneSpace(aligned: Aligned): Aligned {
  const written = new Writer(aligned.text.length);
  let at = 0;
  for (const { 0: run, index } of aligned.text.matchAll(WHITE_SPACE)) {
    written.copy(slice(aligned, at, index));
    written.add(" ", aligned.starts[index], aligned.ends[index]);
    at = index + run.length;
  }
  written.copy(slice(aligned, at, aligned.text.length));
  return written.done();
}

/** Each character by itself, as Rust does: a sigma at the end of a word is σ, not ς. */
export function lowercase(aligned: Aligned): Aligned {
  return mapped(aligned, (character) => character.toLowerCase());
}

/** `to` for each match, aligned to the last character of the match. */
export function replaced(aligned: Aligned, pattern: RegExp, to: string): Aligned {
  const written = new Writer(aligned.text.length);
  let at = 0;
  for (const { 0: match, index } of aligned.text.matchAll(pattern)) {
    written.copy(slice(aligned, at, index));
    at = index + match.length;
    const last = Math.max(at - 1, 0);
    written.add(to, aligned.starts[last], aligned.ends[last]);
  }
  written.copy(slice(aligned, at, aligned.text.length));
  return written.done();
}

/** What takes the place of some neighboring characters; null: they stay. */
export type Replacement = readonly [before: string, after: string | null];

/**
 * Text in parts, each with its replacement, whose characters come one by one from those of the part, the rest from the
 * last. What is taken out before anything is written is not counted, so that all comes from too far ahead.
 */
export function rewritten(aligned: Aligned, parts: Iterable<Replacement>): Aligned {
  const changes: [character: string, change: number][] = [];
  let isSame = true;
  for (const [before, after] of parts) {
    isSame &&= after === null;
    const [old, made] = [Array.from(before), Array.from(after ?? before)];
    made.forEach((character, nth) => changes.push([character, nth < old.length ? 0 : 1]));
    const last = changes.at(-1);
    if (last && old.length > made.length) last[1] -= old.length - made.length;
  }
  return isSame ? aligned : transformed(aligned, changes);
}

/**
 * A text in place of another. A character with a change above 0 was put in, and comes from what is before it; one with
 * a change below 0 took so many more characters in.
 */
function transformed(
  { text, starts, ends }: Aligned,
  changes: readonly (readonly [character: string, change: number])[],
): Aligned {
  const written = new Writer(text.length);
  let at = 0;
  for (const [character, change] of changes) {
    const from = change > 0 ? at - 1 : at;
    written.add(character, starts[from], ends[from]);
    for (let n = change; n <= 0 && at < text.length; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return written.done();
}

/** Each character replaced by a text, which may be empty. */
export function mapped(aligned: Aligned, map: (character: string) => string): Aligned {
  const written = new Writer(aligned.text.length);
  let at = 0;
  for (const character of aligned.text) {
    written.add(map(character), aligned.starts[at], aligned.ends[at]);
    at += character.length;
  }
  return written.done();
}

export function decomposed(aligned: Aligned): Aligned {
  const written = new Writer(aligned.text.length);
  for (const cluster of clusters(aligned, CLUSTER)) decompose(cluster, "NFD", written);
  return written.done();
}

/** Of several marks that change places, the first comes from the first. */
function decompose(cluster: Aligned, form: "NFD" | "NFKD", written: Writer): void {
  const places: number[] = [];
  let at = 0;
  for (const character of cluster.text) {
    for (const _ of character.normalize(form)) places.push(at);
    at += character.length;
  }
  let part = 0;
  for (const character of cluster.text.normalize(form)) {
    const place = places[part++];
    written.add(character, cluster.starts[place], cluster.ends[place]);
  }
}

function clusters(aligned: Aligned, pattern: RegExp): Aligned[] {
  const found = aligned.text.matchAll(pattern);
  return Array.from(found, ({ 0: cluster, index }) => slice(aligned, index, index + cluster.length));
}

/** `kept`: what begins so is left as it is. */
export function compatible(form: "NFKC" | "NFKD", kept: RegExp): Normalizer {
  return (aligned) => {
    if (aligned.text.normalize(form) === aligned.text) return aligned;
    const written = new Writer(aligned.text.length);
    for (const cluster of clusters(aligned, COMPATIBLE_CLUSTER)) {
      if (cluster.text.normalize(form) === cluster.text || kept.test(cluster.text)) written.copy(cluster);
      else if (form === "NFKD") decompose(cluster, form, written);
      else compose(cluster, form, written);
    }
    return written.done();
  };
}

/** GPT-2's character for each byte: itself where it can be seen, else one from U+0100 on (encoder.py). */
const CHARACTER_OF = byteCharacters();

function byteCharacters(): string[] {
  let hidden = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isSeen = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isSeen ? byte : hidden++);
  });
}

/** A character for each byte of UTF-8. */
export function toBytes(aligned: Aligned): Aligned {
  const encoder = new TextEncoder();
  return mapped(aligned, (character) => Array.from(encoder.encode(character), (byte) => CHARACTER_OF[byte]).join(""));
}

export function nfc(aligned: Aligned): Aligned {
  if (aligned.text.normalize("NFC") === aligned.text) return aligned;
  const written = new Writer(aligned.text.length);
  for (const cluster of clusters(aligned, CLUSTER)) {
    if (cluster.text.normalize("NFC") === cluster.text) written.copy(cluster);
    else compose(cluster, "NFC", written);
  }
  return written.done();
}

/** Each part of the decomposition is 0 where it starts a character of the text, else 1. */
function compose(cluster: Aligned, form: "NFC" | "NFKC", written: Writer): void {
  const apart = form === "NFC" ? "NFD" : "NFKD";
  const places: number[] = [];
  const loose: [string, number][] = [];
  let unit = 0;
  for (const character of cluster.text) {
    places.push(unit);
    unit += character.length;
    Array.from(character.normalize(apart)).forEach((part, index) => loose.push([part, index > 0 ? 1 : 0]));
  }
  const ordered = Array.from(cluster.text.normalize(apart), (part) => take(loose, part));

  let next = 0;
  for (const character of cluster.text.normalize(form)) {
    // More than 0: it was put in, and comes from what is before it. Less: it took so many more characters in.
    const parts = Array.from(character.normalize("NFD"), (part) => take(ordered, part)[1]);
    const change = parts.reduce((sum, part) => sum + part, 1 - parts.length);
    const from = places[Math.min(change > 0 ? Math.max(next - 1, 0) : next, places.length - 1)];
    written.add(character, cluster.starts[from], cluster.ends[from]);
    if (change <= 0) next += 1 - change;
  }
}

function take(parts: [string, number][], wanted: string): [string, number] {
  const [found] = parts.splice(
    parts.findIndex(([part]) => part === wanted),
    1,
  );
  return found;
}

const JOINS = new RegExp(JOINING, "uy");

/**
 * Extend each span over the combining marks after it, as tovec/text/spans.py does, so that decomposed 영화 is one
 * span. Tokens that come from one character share its span.
 */
export function joinMarks(spans: { readonly start: number; end: number }[], text: string): void {
  let limit = text.length;
  let [start, end, joined] = [-1, -1, -1];
  for (let at = spans.length - 1; at >= 0; at--) {
    const span = spans[at];
    if (span.start !== start || span.end !== end) {
      ({ start, end } = span);
      joined = end;
      for (;;) {
        JOINS.lastIndex = joined;
        if (joined >= limit || !JOINS.test(text)) break;
        joined = JOINS.lastIndex;
      }
    }
    span.end = joined;
    limit = start;
  }
}

class Writer {
  private readonly parts: string[] = [];
  private starts: Int32Array;
  private ends: Int32Array;
  private length = 0;

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  add(text: string, start: number, end: number): void {
    this.grow(text.length);
    this.starts.fill(start, this.length, this.length + text.length);
    this.ends.fill(end, this.length, this.length + text.length);
    this.parts.push(text);
    this.length += text.length;
  }

  copy({ text, starts, ends }: Aligned): void {
    this.grow(text.length);
    this.starts.set(starts, this.length);
    this.ends.set(ends, this.length);
    this.parts.push(text);
    this.length += text.length;
  }

  done(): Aligned {
    const { length } = this;
    return { text: this.parts.join(""), starts: this.starts.subarray(0, length), ends: this.ends.subarray(0, length) };
  }

  private grow(more: number): void {
    if (this.length + more <= this.starts.length) return;
    const larger = (old: Int32Array) => {
      const made = new Int32Array(2 * (this.length + more));
      made.set(old);
      return made;
    };
    this.starts = larger(this.starts);
    this.ends = larger(this.ends);
  }
}
