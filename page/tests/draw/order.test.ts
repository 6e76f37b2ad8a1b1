import { describe, expect, test } from "vitest";
import { shuffledOrder } from "../../src/draw/order";

describe("the drawing order", () => {
  test("holds every token once, and its two directions agree", () => {
    for (const n of [0, 1, 2, 1000]) {
      const { idOf, slotOf } = shuffledOrder(n);
      expect([...idOf].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      for (let id = 0; id < n; id++) expect(idOf[slotOf[id]]).toBe(id);
    }
  });

  test("is the same each time", () => {
    expect(shuffledOrder(500).idOf).toEqual(shuffledOrder(500).idOf);
  });

  test("has a fair sample in any first part", () => {
    const n = 100_000;
    const first = shuffledOrder(n).idOf.subarray(0, 10_000);
    const counts = Array.from({ length: 10 }, () => 0);
    for (const id of first) counts[Math.floor((10 * id) / n)]++;
    // 1000 are expected in each tenth; five standard deviations of the hypergeometric distribution are 143.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(143);
  });
});
