import { describe, expect, test } from "vitest";
import { FrameBudget, MIN_POINTS } from "../../src/draw/frame-budget";

describe("the frame budget", () => {
  test("draws all points while frames come in time", () => {
    const budget = new FrameBudget();
    for (let i = 0; i < 100; i++) budget.record(16.7, 1_000_000);
    expect(budget.points).toBe(Infinity);
  });

  test("falls to what a slow GPU can draw in time, and never below the minimum", () => {
    for (const perMillion of [60, 500]) {
      const budget = new FrameBudget();
      let drawn = 1_000_000;
      for (let i = 0; i < 60; i++) {
        budget.record(Math.max(16.7, (perMillion * drawn) / 1e6), drawn);
        drawn = Math.min(1_000_000, budget.points);
        expect(drawn).toBeGreaterThanOrEqual(MIN_POINTS);
      }
      expect((perMillion * drawn) / 1e6).toBeLessThan(30);
    }
  });

  test("grows again when a slow GPU becomes fast", () => {
    const budget = new FrameBudget();
    for (let i = 0; i < 20; i++) budget.record(60, Math.min(1_000_000, budget.points));
    const slow = budget.points;
    expect(slow).toBeLessThan(1_000_000);
    for (let i = 0; i < 60; i++) budget.record(10, Math.min(1_000_000, budget.points));
    expect(budget.points).toBeGreaterThan(2 * slow);
  });
});
