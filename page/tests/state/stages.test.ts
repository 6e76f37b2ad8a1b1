import { expect, test } from "vitest";
import { overallProgress } from "../../src/state/stages";

test("progress never goes back from stage to stage and ends at 1", () => {
  let before = -1;
  for (const stage of ["start", "neighbors", "graph", "layout", "trust", "done"])
    for (const fraction of [0, 0.5, 1]) {
      expect(overallProgress(stage, fraction)).toBeGreaterThanOrEqual(before);
      before = overallProgress(stage, fraction);
    }
  expect(before).toBe(1);
  expect(overallProgress("something new", 7)).toBeLessThan(0.1);
});
