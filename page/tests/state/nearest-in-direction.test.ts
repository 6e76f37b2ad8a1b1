import { expect, test } from "vitest";
import type { Direction } from "../../src/state/shortcuts";
import { probes, nearestInDirection } from "../../src/state/nearest-in-direction";

const from = { x: 100, y: 100 };
const around = [
  { id: 1, x: 130, y: 105 },
  { id: 2, x: 180, y: 100 },
  { id: 3, x: 100, y: 60 },
  { id: 4, x: 90, y: 150 },
  { id: 5, x: 20, y: 110 },
];

test("the nearest in each direction is found", () => {
  const found = (["right", "up", "down", "left"] as Direction[]).map((direction) =>
    nearestInDirection(direction, from, around),
  );
  expect(found).toEqual([1, 3, 4, 5]);
});

test("nothing is found behind, at the same place, or among no places", () => {
  expect(
    nearestInDirection("right", from, [
      { id: 9, x: 100, y: 100 },
      { id: 8, x: 50, y: 100 },
    ]),
  ).toBeNull();
  expect(nearestInDirection("left", from, [])).toBeNull();
});

test("every place off the diagonals lies in exactly one direction", () => {
  for (let degree = 1; degree < 360; degree += 2) {
    if (degree % 90 === 45) continue;
    const angle = (degree * Math.PI) / 180;
    const place = { id: 0, x: 100 + 50 * Math.cos(angle), y: 100 + 50 * Math.sin(angle) };
    const hits = (["right", "up", "down", "left"] as Direction[]).filter(
      (d) => nearestInDirection(d, from, [place]) === 0,
    );
    expect(hits.length).toBe(1);
  }
});

test("probes lie in their direction, within reach, and farther ones come later", () => {
  for (const direction of ["right", "up", "down", "left"] as Direction[]) {
    let last = 0;
    for (const { x, y } of probes(direction, from, 500)) {
      expect(nearestInDirection(direction, from, [{ id: 0, x, y }])).toBe(0);
      const along = Math.max(Math.abs(x - 100), Math.abs(y - 100));
      expect(along).toBeGreaterThanOrEqual(last - 1e-9);
      expect(along).toBeLessThanOrEqual(500);
      last = along;
    }
    expect(last).toBeGreaterThan(400);
  }
});
