/** The kinds of marks that a token can have; where several apply, the highest number wins. */
import type { Marks } from "./map";

export const UNMARKED = 0;
export const FOUND = 1;
export const SELECTED = 2;
export const NEIGHBOR = 3;
export const ON_PATH = 4;

export const NO_MARKS: Marks = {
  chosen: null,
  hovered: null,
  neighbors: [],
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
    [NEIGHBOR, marks.neighbors],
    [ON_PATH, marks.path],
  ];
}

/** Whether at most the chosen and the hovered token differ, which need no work on the GPU. */
export function haveSameTokens(a: Marks, b: Marks): boolean {
  return (
    a.neighbors === b.neighbors &&
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

/** How much the unmarked points are dimmed, 0 … 1. */
export function dimming(marks: Marks): number {
  if (marks.selected.length > 0 || (marks.found !== null && marks.found.length > 0)) return 1;
  return marks.path.length > 0 ? 0.75 : marks.neighbors.length > 0 ? 0.3 : 0;
}
