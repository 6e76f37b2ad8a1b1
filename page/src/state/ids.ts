/** Sets of ids as ascending Uint32Arrays: small, comparable, fast to pass to the map. */

export const NO_IDS = new Uint32Array(0);

export function sameIds(a: Uint32Array | null, b: Uint32Array | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a.length === b.length && a.every((id, at) => id === b[at]);
}

export function sortedIds(ids: Iterable<number>): Uint32Array {
  return Uint32Array.from(new Set(ids)).sort();
}

export function union(a: Uint32Array, b: Uint32Array): Uint32Array {
  const all = new Uint32Array(a.length + b.length);
  let n = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const next = j >= b.length || (i < a.length && a[i] <= b[j]) ? a[i++] : b[j++];
    if (n === 0 || all[n - 1] !== next) all[n++] = next;
  }
  return all.slice(0, n);
}

/** One list after another, each id where it comes first. */
export function joined(lists: readonly Uint32Array[]): Uint32Array {
  const [first, ...rest] = lists.filter((ids) => ids.length > 0);
  if (first === undefined) return NO_IDS;
  return rest.length ? Uint32Array.from(new Set(lists.flatMap((ids) => [...ids]))) : first;
}

/** `ids` with `id` added, or removed if it was in it. */
export function toggled(ids: Uint32Array, id: number): Uint32Array {
  return ids.includes(id) ? ids.filter((other) => other !== id) : union(ids, Uint32Array.of(id));
}

/**
 * Ids as text for a URL: runs of neighbors as (gap, length) in 7-bit groups, base64url. A dense lasso of ten
 * thousand tokens takes a few kilobytes.
 */
export function packIds(ids: Uint32Array): string {
  const bytes: number[] = [];
  const put = (value: number) => {
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
    bytes.push(value);
  };
  for (let at = 0, next = 0; at < ids.length;) {
    let length = 1;
    while (at + length < ids.length && ids[at + length] === ids[at] + length) length++;
    put(ids[at] - next);
    put(length);
    next = ids[at] + length;
    at += length;
  }
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The ids in a text of packIds; ids from `nTokens` up and damaged text are left out. */
export function unpackIds(text: string, nTokens: number): Uint32Array {
  let binary: string;
  try {
    binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  } catch {
    return NO_IDS;
  }
  const values: number[] = [];
  for (let at = 0, value = 0, place = 1; at < binary.length; at++) {
    const byte = binary.charCodeAt(at);
    value += (byte & 127) * place;
    place *= 128;
    if (byte >= 128) continue;
    values.push(value);
    value = 0;
    place = 1;
  }
  const ids: number[] = [];
  for (let at = 0, next = 0; at + 1 < values.length; at += 2) {
    const start = next + values[at];
    next = Math.min(start + values[at + 1], nTokens);
    for (let id = start; id < next; id++) ids.push(id);
  }
  return Uint32Array.from(ids);
}
