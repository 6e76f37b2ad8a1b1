/** The kinds of marks that a token can have; where several apply, the highest number wins. */
import type { Marks } from "./map";

export const UNMARKED = 0;
export const FOUND = 1;
export const SELECTED = 2;
export const ON_PATH = 3;
export const NEIGHBOR = 4;
export const AT_ARROW = 5;

export const NO_MARKS: Marks = {
  chosen: null,
  hovered: null,
  isFocus: false,
  keepsColors: false,
  neighbors: [],
  similarities: [],
  arrows: [],
  selected: new Uint32Array(0),
  found: null,
  path: [],
  isolated: false,
};

/** Kinds and their tokens, the lowest kind first, so that later entries replace earlier ones. */
export function markedTokens(marks: Marks): readonly (readonly [number, ArrayLike<number>])[] {
  return [
    [FOUND, marks.found ?? []],
    [SELECTED, marks.selected],
    [ON_PATH, marks.path],
    [NEIGHBOR, marks.neighbors],
    [AT_ARROW, marks.arrows.flat()],
  ];
}

/** Whether at most the chosen and the hovered token differ, which need no work on the GPU. */
export function haveSameTokens(a: Marks, b: Marks): boolean {
  return (
    a.isFocus === b.isFocus &&
    a.keepsColors === b.keepsColors &&
    a.neighbors === b.neighbors &&
    a.arrows === b.arrows &&
    a.selected === b.selected &&
    a.found === b.found &&
    a.path === b.path &&
    a.isolated === b.isolated
  );
}

/** Whether only the selected tokens are drawn. Without a selection there is nothing to isolate: all are drawn. */
export function isIsolated(marks: Marks): boolean {
  return marks.isolated && marks.selected.length > 0;
}

/** How the points fade that do not stand out. */
export interface Fading {
  /** How much unmarked points fade, 0 … 1. */
  readonly dimming: number;
  /** The lowest kind of mark that stands out. */
  readonly outstanding: number;
  /** How much marked points below that kind fade, 0 … 1. */
  readonly muting: number;
}

export const NO_FADING: Fading = { dimming: 0, outstanding: FOUND, muting: 0 };

export function fading(marks: Marks): Fading {
  if (marks.isFocus) {
    const dimming = marks.keepsColors ? 0 : 1;
    return { dimming, outstanding: NEIGHBOR, muting: isIsolated(marks) ? dimming : 0.6 * dimming };
  }
  if (isIsolated(marks)) return NO_FADING; // nothing else is drawn
  const hasFound = marks.found !== null && marks.found.length > 0;
  const dimming = marks.selected.length > 0 || hasFound ? 1 : marks.path.length > 0 ? 0.75 : 0;
  return { ...NO_FADING, dimming };
}
