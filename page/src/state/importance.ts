/** Tokens by importance: the most frequent first. */

/**
 * All ids, the highest count first, ties and unknown counts in the order of the table; the `special` ones,
 * which stand for no text, come last.
 */
export function byImportance(n: number, counts: Float64Array | null, special: readonly number[] = []): Uint32Array {
  const ids = byCount(n, counts);
  if (special.length === 0) return ids;
  const isSpecial = new Set(special);
  const text = ids.filter((id) => !isSpecial.has(id));
  const rest = ids.filter((id) => isSpecial.has(id));
  ids.set(text);
  ids.set(rest, text.length);
  return ids;
}

function byCount(n: number, counts: Float64Array | null): Uint32Array {
  const ids = Uint32Array.from({ length: n }, (_, id) => id);
  if (counts === null) return ids;
  let inOrder = true;
  for (let id = 1; id < n && inOrder; id++) inOrder = counts[id - 1] >= counts[id];
  return inOrder ? ids : ids.sort((a, b) => counts[b] - counts[a] || a - b);
}
