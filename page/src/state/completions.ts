/** What fields for tokens offer during typing: the beginnings of tokens first, then whatever else may be meant. */
import type { TokenTable } from "../data/tokens";
import { autocomplete } from "./autocomplete";
import { foldedSearch } from "./folded";
import { hangulSearch } from "./hangul";
import { searcherOf } from "./search";
import { spellings } from "./spellings";

/**
 * Up to `limit` ids: tokens that begin with `text`, tokens that contain it, tokens that hold its Hangul letters, and
 * tokens that hold it once they are folded. Each group has the most important first, and the exact token is the first of all.
 */
export function completions(tokens: TokenTable, importance: Uint32Array, text: string, limit: number): number[] {
  if (text === "") return autocomplete(tokens, importance, text, limit);
  const found = new Set<number>();
  for (const spelling of spellings(text))
    for (const id of autocomplete(tokens, importance, spelling, limit)) found.add(id);
  for (const group of otherMatches(tokens, text)) {
    if (found.size >= limit) break;
    const isIn = new Uint8Array(tokens.n);
    for (const id of group) isIn[id] = 1;
    for (let at = 0; at < importance.length && found.size < limit; at++)
      if (isIn[importance[at]]) found.add(importance[at]);
  }
  return [...found].slice(0, limit);
}

/** Made one by one: most texts need none of them. */
function* otherMatches(tokens: TokenTable, text: string): Generator<Uint32Array> {
  for (const spelling of spellings(text)) yield searcherOf(tokens).search(spelling, false) as Uint32Array;
  yield* hangulSearch(tokens).search(text);
  yield foldedSearch(tokens).search(text);
}
