/** The tokens that are projected alone, in the address: their ids, or that they are those of most use to a reader. */
import { packIds, sameIds, unpackIds } from "./ids";

const MOST_USEFUL = /^top:(\d{1,9})$/;

/** The ids, ascending, of the `n` tokens of most use. */
export function mostUseful(importance: Uint32Array, n: number): Uint32Array {
  return importance.slice(0, n).sort();
}

/** `importance`: all ids in the reader's language; empty while it is not known. */
export function packRows(rows: Uint32Array, importance: Uint32Array): string {
  const isTop = rows.length > 0 && sameIds(rows, mostUseful(importance, rows.length));
  return isTop ? `top:${rows.length}` : packIds(rows);
}

export function unpackRows(text: string, importance: Uint32Array, nTokens: number): Uint32Array {
  const top = MOST_USEFUL.exec(text);
  return top ? mostUseful(importance, Number(top[1])) : unpackIds(text, nTokens);
}
