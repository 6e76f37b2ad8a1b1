import { describe, expect, test } from "vitest";
import { shuffledOrder } from "../../src/draw/order";
import { FEWEST, Pace } from "../../src/draw/pace";

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
    const counts = new Array(10).fill(0);
    for (const id of first) counts[Math.floor((10 * id) / n)]++;
    // 1000 are expected in each tenth; five standard deviations of the hypergeometric distribution are 143.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(143);
  });
});

describe("the pace", () => {
  test("leaves all points alone while frames come in time", () => {
    const pace = new Pace();
    for (let i = 0; i < 100; i++) pace.note(16.7, 1_000_000);
    expect(pace.budget).toBe(Infinity);
  });

  test("finds the number that a slow GPU can draw, and never fewer than the least", () => {
    for (const perMillion of [60, 500]) {
      const pace = new Pace();
      let drawn = 1_000_000;
      for (let i = 0; i < 60; i++) {
        pace.note(Math.max(16.7, (perMillion * drawn) / 1e6), drawn);
        drawn = Math.min(1_000_000, pace.budget);
        expect(drawn).toBeGreaterThanOrEqual(FEWEST);
      }
      expect((perMillion * drawn) / 1e6).toBeLessThan(30);
    }
  });
});
