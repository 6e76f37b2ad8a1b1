import { expect, test } from "vitest";
import {
  dimming,
  FOUND,
  haveSameTokens,
  isIsolated,
  markedTokens,
  NEIGHBOR,
  NO_MARKS,
  ON_PATH,
  SELECTED,
  UNMARKED,
} from "../../src/draw/mark-kinds";

test("hovering and choosing change no mark on the GPU, every other mark does", () => {
  expect(haveSameTokens(NO_MARKS, { ...NO_MARKS, hovered: 3, chosen: 4 })).toBe(true);
  for (const change of [
    { neighbors: [1] },
    { selected: Uint32Array.of(1) },
    { found: Uint32Array.of(1) },
    { path: [1] },
    { isolated: true },
  ])
    expect(haveSameTokens(NO_MARKS, { ...NO_MARKS, ...change })).toBe(false);
});

test("isolation needs a selection", () => {
  expect(isIsolated({ ...NO_MARKS, isolated: true })).toBe(false);
  expect(isIsolated({ ...NO_MARKS, isolated: true, selected: Uint32Array.of(1) })).toBe(true);
});

test("others are dimmed most by a selection or something found, less by a path, least by neighbors", () => {
  const path = dimming({ ...NO_MARKS, path: [1] });
  const neighbors = dimming({ ...NO_MARKS, neighbors: [1] });
  expect(dimming(NO_MARKS)).toBe(0);
  expect(dimming({ ...NO_MARKS, found: new Uint32Array(0) })).toBe(0);
  expect(dimming({ ...NO_MARKS, found: Uint32Array.of(2) })).toBe(1);
  expect(dimming({ ...NO_MARKS, selected: Uint32Array.of(2), path: [1] })).toBe(1);
  expect(0 < neighbors && neighbors < path && path < 1).toBe(true);
});

test("the kinds of marks come in the order in which they replace each other", () => {
  const marks = { ...NO_MARKS, found: Uint32Array.of(1), selected: Uint32Array.of(2), neighbors: [3], path: [4] };
  const entries = markedTokens(marks).map(([kind, ids]) => [kind, ids[0]]);
  expect(entries.map(([, id]) => id)).toEqual([1, 2, 3, 4]);
  expect(entries.map(([kind]) => kind)).toEqual([FOUND, SELECTED, NEIGHBOR, ON_PATH]);
  expect(UNMARKED < FOUND && FOUND < SELECTED && SELECTED < NEIGHBOR && NEIGHBOR < ON_PATH).toBe(true);
});
