import { expect, test } from "vitest";
import { Boxes, type Box } from "../../src/draw/boxes";

test("a box is free exactly when it overlaps none of those added, large, small and outside of the map", () => {
  let state = 11;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const boxes = new Boxes();
  const added: Box[] = [];
  let taken = 0;
  for (let i = 0; i < 2000; i++) {
    const box = { x: next() * 1400 - 100, y: next() * 1000 - 100, width: next() ** 4 * 300, height: next() ** 3 * 90 };
    const overlaps = added.some(
      (other) =>
        Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x) > 0 &&
        Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y) > 0,
    );
    expect(boxes.isFree(box)).toBe(!overlaps);
    if (overlaps) {
      taken++;
      continue;
    }
    boxes.add(box);
    added.push(box);
  }
  expect(taken).toBeGreaterThan(100);
  expect(added.length).toBeGreaterThan(50);
});

test("boxes that only touch do not overlap", () => {
  const boxes = new Boxes();
  boxes.add({ x: 0, y: 0, width: 10, height: 10 });
  expect(boxes.isFree({ x: 10, y: 0, width: 5, height: 5 })).toBe(true);
  expect(boxes.isFree({ x: 9.9, y: 0, width: 5, height: 5 })).toBe(false);
  boxes.clear();
  expect(boxes.isFree({ x: 0, y: 0, width: 5, height: 5 })).toBe(true);
});
