import { expect, test } from "vitest";
import { labelText, LONGEST } from "../../src/draw/text";
import { dimming, isIsolated, NO_MARKS, sameTokens } from "../../src/draw/kinds";
import { awayness, diameter, LARGEST, largest, sizeOfRank, sizing } from "../../src/draw/sizes";
import { OBLIQUE, FRONT } from "../../src/state/camera";

test("labels are cut at 32 characters, and show what cannot be seen", () => {
  expect(labelText("고양이")).toBe("고양이");
  expect(labelText(" ")).toBe("␣");
  expect(labelText("")).toBe("∅");
  expect(labelText("x".repeat(LONGEST))).toBe("x".repeat(LONGEST));
  const long = labelText("🙂".repeat(1000));
  expect(Array.from(long)).toHaveLength(LONGEST);
  expect(long.endsWith("🙂…")).toBe(true);
});

test("few points are large, many are small, and marked ones are larger than the others", () => {
  const sizes = [4, 50, 5000, 100_000, 1_000_000].map((n) => sizing(n, 10, FRONT, 1280, 800));
  for (let i = 1; i < sizes.length; i++) expect(sizes[i].ordinary).toBeLessThan(sizes[i - 1].ordinary);
  expect(sizes[0].ordinary).toBeGreaterThan(15);
  expect(sizes[4].ordinary).toBeLessThan(2);
  for (const { ordinary, marked } of sizes) expect(marked).toBeGreaterThan(ordinary);
});

test("a point is larger when it is nearer, and never above the largest that picking reckons with", () => {
  const sizes = sizing(5000, 0, OBLIQUE, 1280, 800);
  for (const marked of [false, true]) {
    expect(diameter(sizes, 3, 0, marked)).toBeGreaterThan(diameter(sizes, 5, 0, marked));
    for (const depth of [0.01, 1, 4, 20])
      expect(diameter(sizes, depth, 255, marked)).toBeLessThanOrEqual(largest(sizes, marked));
  }
  expect(diameter(sizes, sizes.distance, 255, false)).toBeCloseTo(sizes.ordinary * LARGEST);
});

test("the most important token is the largest, and few tokens are all alike", () => {
  const sizes = Array.from({ length: 1000 }, (_, rank) => sizeOfRank(rank, 1000));
  expect(sizes[0]).toBe(255);
  for (let rank = 1; rank < 1000; rank++) expect(sizes[rank]).toBeLessThanOrEqual(sizes[rank - 1]);
  expect(sizes[999]).toBe(0);
  expect(new Set([0, 1, 2, 3].map((rank) => sizeOfRank(rank, 4))).size).toBe(1);
});

test("points fade from the front to the back", () => {
  expect(awayness(3.9, 2.8)).toBe(0);
  expect(awayness(3.9, 9)).toBe(1);
  expect(awayness(3.9, 3.5)).toBeLessThan(awayness(3.9, 4.5));
});

test("hovering changes no mark that the GPU knows of, and isolation needs a selection", () => {
  expect(sameTokens(NO_MARKS, { ...NO_MARKS, hovered: 3, chosen: 4 })).toBe(true);
  expect(sameTokens(NO_MARKS, { ...NO_MARKS, neighbors: [1] })).toBe(false);
  expect(isIsolated({ ...NO_MARKS, isolated: true })).toBe(false);
  expect(isIsolated({ ...NO_MARKS, isolated: true, selected: Uint32Array.of(1) })).toBe(true);
  expect(dimming(NO_MARKS)).toBe(0);
  expect(dimming({ ...NO_MARKS, found: new Uint32Array(0) })).toBe(0);
  expect(dimming({ ...NO_MARKS, found: Uint32Array.of(2) })).toBe(1);
});
