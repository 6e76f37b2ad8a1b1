import { expect, test } from "vitest";
import {
  AT_ARROW,
  fading,
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
    { isFocus: true },
    { keepsColors: true },
    { arrows: [[1, 2] as const] },
  ])
    expect(haveSameTokens(NO_MARKS, { ...NO_MARKS, ...change })).toBe(false);
});

test("isolation needs a selection", () => {
  expect(isIsolated({ ...NO_MARKS, isolated: true })).toBe(false);
  expect(isIsolated({ ...NO_MARKS, isolated: true, selected: Uint32Array.of(1) })).toBe(true);
});

test("others are dimmed most by a selection or something found, less by the path of a text", () => {
  const dimming = (change: Partial<typeof NO_MARKS>) => fading({ ...NO_MARKS, ...change }).dimming;
  expect(dimming({})).toBe(0);
  expect(dimming({ found: new Uint32Array(0) })).toBe(0);
  expect(dimming({ found: Uint32Array.of(2) })).toBe(1);
  expect(dimming({ selected: Uint32Array.of(2), path: [1] })).toBe(1);
  expect(dimming({ selected: Uint32Array.of(2), isolated: true })).toBe(0);
  expect(dimming({ path: [1] })).toBeGreaterThan(0);
  expect(dimming({ path: [1] })).toBeLessThan(1);
});

test("in focus all but neighbors and arrows fade, what is found or selected a little less, unless it keeps its color", () => {
  const focus = { ...NO_MARKS, isFocus: true, chosen: 1, neighbors: [2] };
  const { dimming, outstanding, muting } = fading({ ...focus, selected: Uint32Array.of(3) });
  expect([dimming, outstanding]).toEqual([1, NEIGHBOR]);
  expect(muting).toBeGreaterThan(0);
  expect(muting).toBeLessThan(1);
  expect(AT_ARROW).toBeGreaterThan(NEIGHBOR);
  // In isolation the selected are all that is drawn: they fade as everything else does.
  expect(fading({ ...focus, selected: Uint32Array.of(3), isolated: true }).muting).toBe(1);
  expect(fading({ ...focus, keepsColors: true })).toMatchObject({ dimming: 0, muting: 0 });
});

test("the kinds of marks come in the order in which they replace each other", () => {
  const marks = {
    ...NO_MARKS,
    found: Uint32Array.of(1),
    selected: Uint32Array.of(2),
    path: [3],
    neighbors: [4],
    arrows: [[5, 6] as const],
  };
  const entries = markedTokens(marks).map(([kind, ids]) => [kind, ids[0]]);
  expect(entries.map(([, id]) => id)).toEqual([1, 2, 3, 4, 5]);
  const kinds = entries.map(([kind]) => kind);
  expect(kinds).toEqual([FOUND, SELECTED, ON_PATH, NEIGHBOR, AT_ARROW]);
  expect([UNMARKED, ...kinds]).toEqual([UNMARKED, ...kinds].sort((a, b) => Number(a) - Number(b)));
});
