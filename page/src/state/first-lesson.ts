/** The numbers of the first lesson: four tokens on their way from text to points. */
import { type Camera, fit, pan, pixelsPerUnit } from "./camera";
import { frequentWords } from "./examples";
import type { Lang } from "./state";

export const STEPS = ["text", "tokens", "ids", "oneHot", "vector", "point"] as const;
export type Step = (typeof STEPS)[number];

export const FOUR_WORDS = ["cat", "dog", "mat", "sat"];

/** Where tokens are bytes or characters: so short that all its tokens fit on the card. */
const SHORT: Readonly<Record<Lang, string>> = { en: "cats", ko: "한글" };

/** The text of the lesson: the four words where the table has them all, else four words that it has. */
export function lessonText(has: (token: string) => boolean, frequent: readonly string[], lang: Lang): string {
  if (FOUR_WORDS.every(has)) return FOUR_WORDS.join(" ");
  const words = frequentWords(frequent, lang).slice(0, 4);
  const areWords = words.some((word) => word.length > 1);
  if (!areWords && (has("<0x00>") || Array.from(SHORT[lang]).every(has))) return SHORT[lang];
  return (words.length ? words : frequent.slice(0, 4)).join(" ");
}

/** A table this small is shown whole. */
export const WHOLE = 12;

/**
 * The rows of the table that are shown: all of a small one, else those of `ids`. null: rows that are left out.
 * Ascending, each once.
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

/** How many numbers of a vector are shown before "…": all, where one more would be the last. */
export function shownNumbers(dim: number, room: number): number {
  return dim <= room ? dim : room - 1;
}

/** Row `id` of interleaved coordinates with three numbers a token; two of them in 2-D. */
export function pointOf(coordinates: Float32Array, id: number, dims: 2 | 3): number[] {
  return Array.from(coordinates.subarray(3 * id, 3 * id + dims));
}

/** Less room than this beside the card, in CSS pixels, and the card may as well cover the points. */
const ROOM = 180;
/** The part at each side that is left to the labels of points at the edge. */
const MARGIN = 0.03;

/** See `points` (x, y, z interleaved) to the right of what covers the map up to `covered`; null without room. */
export function beside(
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
  // The angle of view belongs to the shorter side, which may be another one now.
  const larger = pixelsPerUnit(fitting, width, height) / pixelsPerUnit(fitting, inside, height);
  return pan({ ...fitting, distance: fitting.distance * larger }, covered / 2, 0, width, height);
}
