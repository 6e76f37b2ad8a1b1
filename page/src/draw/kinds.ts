/** What kind of mark a token bears; where several apply, the highest. */
import type { Marks } from "./map";

export const FOUND = 1;
export const SELECTED = 2;
export const NEAR = 3;
export const PATH = 4;

export const NO_MARKS: Marks = {
  chosen: null,
  hovered: null,
  neighbors: [],
  selected: new Uint32Array(0),
  found: null,
  path: [],
  isolated: false,
};

/** Tokens and their kind, the lowest kind first, so that later entries replace earlier ones. */
export function markedTokens(marks: Marks): readonly (readonly [number, ArrayLike<number>])[] {
  return [
    [FOUND, marks.found ?? []],
    [SELECTED, marks.selected],
    [NEAR, marks.neighbors],
    [PATH, marks.path],
  ];
}

/** Whether only the chosen and the hovered token differ, which need no work on the GPU. */
export function sameTokens(a: Marks, b: Marks): boolean {
  return (
    a.neighbors === b.neighbors &&
    a.selected === b.selected &&
    a.found === b.found &&
    a.path === b.path &&
    a.isolated === b.isolated
  );
}

/** Nothing selected leaves nothing to isolate: then all is drawn. */
export function isIsolated(marks: Marks): boolean {
  return marks.isolated && marks.selected.length > 0;
}

/** How much the others step back. */
export function dimming(marks: Marks): number {
  if (marks.selected.length > 0 || (marks.found !== null && marks.found.length > 0)) return 1;
  return marks.path.length > 0 ? 0.75 : marks.neighbors.length > 0 ? 0.3 : 0;
}
