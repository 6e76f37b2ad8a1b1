/** The rank of one value among all. */
export interface Standing {
  /** 1 for the largest; equal values share the better rank. */
  readonly rank: number;
  /** The share of all values that are smaller, equal ones counted half, 0 … 1. */
  readonly percentile: number;
}

/** By counting, not sorting: one pass over a million numbers takes a millisecond. NaN is left out. */
export function standing(values: ArrayLike<number>, value: number): Standing {
  let larger = 0;
  let equal = 0;
  let smaller = 0;
  for (let at = 0; at < values.length; at++) {
    if (values[at] > value) larger++;
    else if (values[at] < value) smaller++;
    else if (values[at] === value) equal++;
  }
  const all = larger + equal + smaller;
  return { rank: larger + 1, percentile: all ? (smaller + equal / 2) / all : 0 };
}

export function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return sum;
}
