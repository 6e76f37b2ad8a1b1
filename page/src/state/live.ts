/** A table in training: how far it has come, its loss as a curve, and how its points follow each other. */
import type { Training } from "../data/source";

/** The part of all ids that has been seen, 0 … 1. */
export function share({ progress, total }: Pick<Training, "progress" | "total">): number {
  return total > 0 ? Math.min(progress / total, 1) : 0;
}

/** The number of the epoch that is running, counted from 1. */
export function epochNumber({ epoch, epochs }: Pick<Training, "epoch" | "epochs">): number {
  return Math.min(Math.floor(epoch) + 1, epochs);
}

/** The mean loss in each of so many equal parts of the whole run; NaN where none is known. */
export function lossColumns({ losses, total }: Pick<Training, "losses" | "total">, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  const counts = new Float64Array(columns);
  for (const [progress, loss] of losses) {
    const column = Math.min(Math.floor(share({ progress, total }) * columns), columns - 1);
    sums[column] += loss;
    counts[column]++;
  }
  return sums.map((sum, column) => sum / counts[column]); // 0 / 0 is NaN
}

/** Screen readers hear of so many parts of a run, however many pictures it has. */
const PARTS = 4;

/** Whether one of these parts has been completed since, but for the last, at which more is said. */
export function hasPassedPart(before: number, now: number): boolean {
  return now < 1 && Math.floor(now * PARTS) > Math.floor(before * PARTS);
}

/** A way takes a little longer than the next picture, so that the points do not stop in between. */
const LONGER = 1.15;
const SHORTEST_MS = 150;
const LONGEST_MS = 2500;

/** For how long points are on their way to a picture. `gaps`: milliseconds between the last pictures. */
export function wayMs(gaps: readonly number[]): number {
  return Math.min(Math.max(LONGER * Math.max(...gaps), SHORTEST_MS), LONGEST_MS);
}
