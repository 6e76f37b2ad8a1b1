/** Which tokens matter most: the frequent ones. */

/** All ids, the highest count first, ties and unknown counts in the order of the table. */
export function byImportance(n: number, counts: Float64Array | null): Uint32Array {
  const ids = Uint32Array.from({ length: n }, (_, id) => id);
  if (counts === null) return ids;
  let inOrder = true;
  for (let id = 1; id < n && inOrder; id++) inOrder = counts[id - 1] >= counts[id];
  return inOrder ? ids : ids.sort((a, b) => counts[b] - counts[a] || a - b);
}
