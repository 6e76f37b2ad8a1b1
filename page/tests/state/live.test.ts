import { expect, test } from "vitest";
import { epochNumber, hasPassedPart, lossColumns, share, wayMs } from "../../src/state/live";

test("the share that is done is that of all ids, and never more than all", () => {
  expect(share({ progress: 25, total: 100 })).toBe(0.25);
  expect(share({ progress: 101, total: 100 })).toBe(1);
  expect(share({ progress: 0, total: 0 })).toBe(0);
});

test("the last epoch is the last also when it has ended", () => {
  expect([0, 0.99, 1, 4.5, 5].map((epoch) => epochNumber({ epoch, epochs: 5 }))).toEqual([1, 1, 2, 5, 5]);
});

test("the loss of each part of the run is the mean there, and unknown where there is none", () => {
  const losses = [
    [5, 4],
    [9, 2],
    [35, 1],
    [40, 3],
  ] as const;
  expect([...lossColumns({ losses, total: 40 }, 4)]).toEqual([3, NaN, NaN, 2]);
  expect([...lossColumns({ losses: [], total: 40 }, 2)]).toEqual([NaN, NaN]);
});

test("each quarter is said once, and not the end", () => {
  const passed = (...shares: number[]) => shares.slice(1).map((now, at) => hasPassedPart(shares[at], now));
  expect(passed(0, 0.1, 0.26, 0.3, 0.8, 0.99, 1)).toEqual([false, true, false, true, false, false]);
});

test("a way to the next picture takes a little longer than that takes to come", () => {
  expect(wayMs([300, 1000, 500])).toBeCloseTo(1150);
  expect(wayMs([10])).toBe(150);
  expect(wayMs([9000])).toBe(2500);
  expect(wayMs([])).toBe(150);
});
