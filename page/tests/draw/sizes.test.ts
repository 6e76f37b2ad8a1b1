import { expect, test } from "vitest";
import { depthFraction, diameter, MAX_FACTOR, maxDiameter, sizeOfRank, sizingOf } from "../../src/draw/sizes";
import { FRONT, OBLIQUE } from "../../src/state/camera";

test("few points are large, many are small, and marked ones are larger than the others", () => {
  const sizes = [4, 50, 5000, 100_000, 1_000_000].map((n) => sizingOf(n, 10, FRONT, 1280, 800));
  for (let i = 1; i < sizes.length; i++) expect(sizes[i].ordinary).toBeLessThan(sizes[i - 1].ordinary);
  expect(sizes[0].ordinary).toBeGreaterThan(15);
  expect(sizes[4].ordinary).toBeLessThan(2);
  for (const { ordinary, marked } of sizes) expect(marked).toBeGreaterThan(ordinary);
});

test("a point is larger when it is nearer, and never larger than the maximum that picking assumes", () => {
  const sizes = sizingOf(5000, 0, OBLIQUE, 1280, 800);
  for (const marked of [false, true]) {
    expect(diameter(sizes, 3, 0, marked)).toBeGreaterThan(diameter(sizes, 5, 0, marked));
    for (const depth of [0.01, 1, 4, 20])
      expect(diameter(sizes, depth, 255, marked)).toBeLessThanOrEqual(maxDiameter(sizes, marked));
  }
  expect(diameter(sizes, sizes.distance, 255, false)).toBeCloseTo(sizes.ordinary * MAX_FACTOR);
});

test("the most important token is the largest, and few tokens all have the same size", () => {
  const sizes = Array.from({ length: 1000 }, (_, rank) => sizeOfRank(rank, 1000));
  expect(sizes[0]).toBe(255);
  for (let rank = 1; rank < 1000; rank++) expect(sizes[rank]).toBeLessThanOrEqual(sizes[rank - 1]);
  expect(sizes[999]).toBe(0);
  expect(new Set([0, 1, 2, 3].map((rank) => sizeOfRank(rank, 4))).size).toBe(1);
});

test("points fade from the front to the back", () => {
  expect(depthFraction(3.9, 2.8)).toBe(0);
  expect(depthFraction(3.9, 9)).toBe(1);
  expect(depthFraction(3.9, 3.5)).toBeLessThan(depthFraction(3.9, 4.5));
});
