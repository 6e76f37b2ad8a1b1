/** The numbers of the first lesson, which follows four tokens from text to points. */
import { type Camera, fit, pan, pixelsPerUnit } from "./camera";
import { frequentWords } from "./examples";
import type { Lang } from "./state";

export const STEPS = ["text", "tokens", "ids", "oneHot", "vector", "point"] as const;
export type Step = (typeof STEPS)[number];

export const FOUR_WORDS = ["cat", "dog", "mat", "sat"];

/** For tokens that are bytes or characters: short enough for all of them to fit on the card. */
const SHORT: Readonly<Record<Lang, string>> = { en: "cats", ko: "한글" };

/** The text of the lesson: the four words if the vocabulary has them all, else four words that it has. */
export function lessonText(has: (token: string) => boolean, frequent: readonly string[], lang: Lang): string {
  if (FOUR_WORDS.every(has)) return FOUR_WORDS.join(" ");
  const words = frequentWords(frequent, lang).slice(0, 4);
  const areWords = words.some((word) => word.length > 1);
  if (!areWords && (has("<0x00>") || Array.from(SHORT[lang]).every(has))) return SHORT[lang];
  return (words.length ? words : frequent.slice(0, 4)).join(" ");
}

/** A table of up to this many rows is shown whole. */
export const WHOLE = 12;

/**
 * The rows of the table to show, ascending, each once: all of a small table, else those of `ids`. null stands for
 * omitted rows.
 */
export function shownRows(ids: readonly number[], nTokens: number): (number | null)[] {
  const kept =
    nTokens <= WHOLE ? Array.from({ length: nTokens }, (_, id) => id) : [...new Set(ids)].sort((a, b) => a - b);
  const rows: (number | null)[] = [];
  let next = 0;
  for (const id of kept) {
    if (id > next) rows.push(null);
    rows.push(id);
    next = id + 1;
  }
  if (next < nTokens) rows.push(null);
  return rows;
}

/** How many numbers of a vector are shown before "…": all that fit, or one fewer where "…" needs the room. */
export function shownNumbers(dim: number, room: number): number {
  return dim <= room ? dim : room - 1;
}

/** Row `id` of interleaved coordinates with three numbers a token; two of them in 2-D. */
export function pointOf(coordinates: Float32Array, id: number, dims: 2 | 3): number[] {
  return Array.from(coordinates.subarray(3 * id, 3 * id + dims));
}

/** With less free width than this beside the card, in CSS pixels, the card may cover the points. */
const ROOM = 180;
/** The share of each side that is left free for the labels of points at the edge. */
const MARGIN = 0.03;

/** The camera that shows `points` (x, y, z interleaved) to the right of the first `covered` pixels; null without room. */
export function cameraBeside(
  camera: Camera,
  points: Float32Array,
  covered: number,
  width: number,
  height: number,
): Camera | null {
  const free = width - covered;
  if (free < ROOM) return null;
  const inside = free * (1 - 2 * MARGIN);
  const fitting = fit(camera, points, inside, height);
  // The field of view is that of the shorter side, and the free part may have another shorter side than the map.
  const larger = pixelsPerUnit(fitting, width, height) / pixelsPerUnit(fitting, inside, height);
  return pan({ ...fitting, distance: fitting.distance * larger }, covered / 2, 0, width, height);
}
