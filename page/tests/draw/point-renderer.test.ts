import { expect, test } from "vitest";
import { canvasPixels, opacityOf, ringStrength } from "../../src/draw/point-renderer";

test("pixels of WebGL are turned upright, and colors divided by their alpha", () => {
  const bottom = [100, 50, 0, 200, 0, 0, 0, 0];
  const top = [255, 0, 10, 255, 1, 2, 3, 0];
  const pixels = canvasPixels(Uint8Array.of(...bottom, ...top), 2, 2);
  expect([...pixels]).toEqual([255, 0, 10, 255, 0, 0, 0, 0, 128, 64, 0, 200, 0, 0, 0, 0]);
});

test("few points are opaque, a million are translucent but visible", () => {
  expect(opacityOf(1999)).toBe(1);
  const opacities = [5000, 100_000, 1_000_000].map(opacityOf);
  expect(opacities[0] > opacities[1] && opacities[1] > opacities[2]).toBe(true);
  expect(opacities[2]).toBeGreaterThanOrEqual(0.45);
});

test("rings are strong around a few points and weak around many", () => {
  expect([0, 1, 5].map(ringStrength)).toEqual([1, 1, 1]);
  expect(ringStrength(100)).toBeLessThan(1);
  expect(ringStrength(1_000_000)).toBe(0.2);
});
