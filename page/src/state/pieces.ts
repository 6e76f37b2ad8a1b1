/** A text as the text pane shows it: its parts, their tokens and tints, and counts. */
import type { Piece } from "../data/source";
import { display } from "./display";

/** A part of the text: a gap between tokens, or the source of one or more tokens. */
export interface Segment {
  /** As shown: tokens of white space as symbols. */
  readonly shown: string;
  /** Indices of its pieces; empty for a gap. Bytes of one character share a segment. */
  readonly pieces: readonly number[];
  /** 0 … TINTS - 1, never that of the token before; a repeated token keeps its tint where possible. */
  readonly tint: number;
  readonly known: boolean;
}

export const TINTS = 6;

export function segments(text: string, pieces: readonly Piece[]): Segment[] {
  const parts: { shown: string; pieces: number[]; tint: number; known: boolean }[] = [];
  const first = new Map<string, number>();
  let at = 0;
  let last = -1; // the tint before
  const gap = (end: number) => {
    if (end > at) parts.push({ shown: text.slice(at, end), pieces: [], tint: 0, known: true });
    at = Math.max(at, end);
  };
  pieces.forEach(({ start, end, token, known }, index) => {
    const before = parts.at(-1);
    if (end <= at && start < at && before?.pieces.length) {
      before.pieces.push(index);
      before.known &&= known;
      return;
    }
    gap(start);
    if (!first.has(token)) first.set(token, first.size);
    let tint = first.get(token)! % TINTS;
    if (tint === last) tint = (tint + 1) % TINTS;
    last = tint;
    parts.push({ shown: written(text.slice(at, end) || token), pieces: [index], tint, known });
    at = Math.max(at, end);
  });
  gap(text.length);
  return parts;
}

/** A line still breaks where the text breaks it, after the symbol for the break. */
function written(token: string): string {
  return display(token).replaceAll("⏎", "⏎\n");
}

export interface TextCounts {
  /** Grapheme clusters (UAX #29): a flag or a family emoji is one. */
  readonly characters: number;
  readonly tokens: number;
  readonly unknown: number;
  readonly distinct: number;
}

const SEGMENTER = new Intl.Segmenter("und", { granularity: "grapheme" });

export function countText(text: string, pieces: readonly Piece[]): TextCounts {
  let characters = 0;
  for (const _ of SEGMENTER.segment(text)) characters++;
  return {
    characters,
    tokens: pieces.length,
    unknown: pieces.filter(({ known }) => !known).length,
    distinct: new Set(pieces.map(({ token }) => token)).size,
  };
}

/** The ids that the map joins with a line. */
export function readingPath(pieces: readonly Piece[]): number[] {
  return pieces.flatMap(({ id, known }) => (known && id !== null ? [id] : []));
}
