/** Completions of the beginning of a token, for fields that offer tokens during typing. */
import type { TokenTable } from "../data/tokens";
import { spellings } from "./spellings";

/** How tokenizers mark the start of a word inside a token; nobody types that. */
export const WORD_STARTS = ["\u0020", "\u2581", "\u0120"];
const START_UNITS = WORD_STARTS.map((start) => start.charCodeAt(0));

/**
 * Up to `limit` ids: tokens equal to `prefix`, then those that begin with it, the most important first. Case and a
 * mark of the start of a word are ignored, but the exact token comes first. For an empty prefix: the most important.
 */
export function autocomplete(tokens: TokenTable, importance: Uint32Array, prefix: string, limit: number): number[] {
  if (prefix === "") return [...importance.subarray(0, limit)];
  const exact = idOf(tokens, prefix);
  const { equal, startsWith } = beginning(tokens, prefix.toLowerCase());
  const found = new Set(exact === null ? equal : [exact, ...equal]);
  for (let at = 0; at < importance.length && found.size < limit; at++)
    if (startsWith[importance[at]]) found.add(importance[at]);
  return [...found].slice(0, limit);
}

/** The token for a typed text, composed or not: the text itself, else with a mark of a word's start, else in lower case. */
export function findToken(tokens: TokenTable, text: string): number | null {
  if (text === "") return null;
  for (const word of new Set(spellings(text).flatMap((spelling) => [spelling, spelling.toLowerCase()])))
    for (const start of ["", ...WORD_STARTS]) {
      const id = idOf(tokens, start + word);
      if (id !== null) return id;
    }
  return null;
}

/** Looks through all tokens, some milliseconds for a million: the index of TokenTable.id would take a second. */
function idOf(tokens: TokenTable, token: string): number | null {
  const { all, offsets } = tokens;
  const first = token.charCodeAt(0);
  for (let id = 0; id < tokens.n; id++) {
    const start = offsets[id];
    if (offsets[id + 1] - start !== token.length || all.charCodeAt(start) !== first) continue;
    if (all.startsWith(token, start)) return id;
  }
  return null;
}

/**
 * The ids spelled like `lower`, and for every id whether it begins with it. One walk in the order of the table, which
 * the processor reads ahead; a string is made only where the first unit matches.
 */
function beginning(tokens: TokenTable, lower: string): { equal: number[]; startsWith: Uint8Array } {
  const { all, offsets, n } = tokens;
  const [small, capital] = [lower, lower.toUpperCase()].map((text) => text.charCodeAt(0));
  const equal: number[] = [];
  const startsWith = new Uint8Array(n);
  for (let id = 0; id < n; id++) {
    const end = offsets[id + 1];
    let unit = all.charCodeAt(offsets[id]);
    for (let start = offsets[id]; end - start >= lower.length; unit = all.charCodeAt(++start)) {
      const fits = unit === small || unit === capital;
      if (fits && all.slice(start, start + lower.length).toLowerCase() === lower) {
        startsWith[id] = 1;
        if (end - start === lower.length) equal.push(id);
        break;
      }
      if (start > offsets[id] || !START_UNITS.includes(unit)) break;
    }
  }
  return { equal, startsWith };
}
