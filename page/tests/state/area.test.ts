import { expect, test } from "vitest";
import { Area, box } from "../../src/state/area";

/** How often the outline winds around a place, by the sum of the angles under which its edges are seen. */
function winding(polygon: readonly number[], x: number, y: number): number {
  let sum = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const j = (i + 2) % polygon.length;
    const [ax, ay] = [polygon[i] - x, polygon[i + 1] - y];
    const [bx, by] = [polygon[j] - x, polygon[j + 1] - y];
    sum += Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  return Math.round(sum / (2 * Math.PI));
}

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("a place is inside exactly when the outline winds around it, for any tangle of edges", () => {
  const next = random(7);
  for (const corners of [3, 4, 7, 40, 200])
    for (let round = 0; round < 5; round++) {
      const polygon = Array.from({ length: 2 * corners }, () => next() * 300 - 50);
      const area = new Area(polygon);
      for (let i = 0; i < 300; i++) {
        const [x, y] = [next() * 340 - 70, next() * 340 - 70];
        expect(area.contains(x, y)).toBe(winding(polygon, x, y) !== 0);
      }
    }
});

test("a lasso drawn around twice holds what it encircles", () => {
  const twice = Array.from({ length: 80 }, (_, i) => [Math.cos((i * Math.PI) / 20), Math.sin((i * Math.PI) / 20)]);
  expect(new Area(twice.flat()).contains(0.1, 0.2)).toBe(true);
});

test("a box is the same from whichever corner it is drawn", () => {
  for (const outline of [box(10, 20, 110, 60), box(110, 60, 10, 20), box(110, 20, 10, 60)]) {
    const area = new Area(outline);
    expect(area.contains(50, 40)).toBe(true);
    expect(area.contains(9, 40)).toBe(false);
    expect(area.contains(50, 61)).toBe(false);
  }
});

test("an empty outline contains nothing, and a place that is NaN is never inside", () => {
  expect(new Area([]).contains(0, 0)).toBe(false);
  expect(new Area([5, 5]).contains(5, 5)).toBe(false);
  expect(new Area([0, 5, 10, 5]).contains(5, 5)).toBe(false);
  expect(new Area(box(0, 0, 10, 10)).contains(NaN, 5)).toBe(false);
});
