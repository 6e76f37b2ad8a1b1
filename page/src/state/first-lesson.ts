/** The numbers of the first lesson, which follows four tokens from text to points. */
import type { Room } from "./camera";
import { type Covered, sentences, tellingWords } from "./examples";
import type { Lang } from "./state";

export const FOUR_WORDS = ["cat", "dog", "mat", "sat"];

/** For tokens that are bytes or characters: short enough for all of them to fit on the card. */
const SHORT: Readonly<Record<Lang, string>> = { en: "cats", ko: "한글" };

/** Texts for the lesson, the best first. */
export function lessonTexts(has: (token: string) => boolean, frequent: readonly string[], lang: Lang): string[] {
  const four = FOUR_WORDS.every(has) ? [FOUR_WORDS.join(" ")] : [];
  const words = tellingWords(frequent, lang).slice(0, 4);
  return [...four, ...sentences(lang), SHORT[lang], words.join(" "), frequent.slice(0, 4).join(" ")];
}

/** The first with enough tokens to follow and few enough for the card; else the one with the fewest. */
export function lessonText(covered: readonly Covered[], most: number): Covered | null {
  const several = covered.filter(({ pieces }) => pieces.length > 1);
  const fitting = several.find(({ pieces }) => pieces.length <= most);
  const shortest = [...several].sort((a, b) => a.pieces.length - b.pieces.length)[0];
  return fitting ?? shortest ?? null;
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

/** Free space of less than this on a side, in CSS pixels, is no room for points. */
const LEAST = 120;
/** Free of points at each edge, for their names. */
const EDGE = { x: 30, y: 22 };

/** The part of a map, or of what is left of it, that `cover` leaves free: the side of it with most room; null: none. */
export function roomBeside(map: Room, cover: Room): Room | null {
  const right = map.x + map.width;
  const bottom = map.y + map.height;
  const sides = [
    { ...map, width: cover.x - map.x },
    { ...map, x: cover.x + cover.width, width: right - cover.x - cover.width },
    { ...map, height: cover.y - map.y },
    { ...map, y: cover.y + cover.height, height: bottom - cover.y - cover.height },
  ];
  const inner = sides.map(({ x, y, width, height }) => ({
    x: x + EDGE.x,
    y: y + EDGE.y,
    width: width - 2 * EDGE.x,
    height: height - 2 * EDGE.y,
  }));
  const smaller = ({ width, height }: Room) => Math.min(width, height);
  const best = inner.reduce((a, b) => (smaller(b) > smaller(a) ? b : a));
  return smaller(best) >= LEAST ? best : null;
}
