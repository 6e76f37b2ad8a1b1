/**
 * Search that ignores more than case: compatibility forms (ｃａｔ, ﬁ), a dot above (İ, ż), and letters that have no
 * small form of equal length (ß is ss). Other marks and the letters of Hangul stay as they are.
 */
import type { TokenTable } from "../data/tokens";
import { searcherOf } from "./search";

export interface FoldedSearch {
  /** Ids of the tokens that hold the folded text once they are folded, ascending. */
  search(text: string): Uint32Array;
}

const made = new WeakMap<TokenTable, FoldedSearch>();

/** The search over these tokens; its index, of the few tokens that folding changes, is built at the first text. */
export function foldedSearch(tokens: TokenTable): FoldedSearch {
  let search = made.get(tokens);
  if (search === undefined) made.set(tokens, (search = createFoldedSearch(tokens)));
  return search;
}

export function fold(text: string): string {
  return Array.from(
    text
      .normalize("NFKD")
      .replace(/\u0307/g, "")
      .normalize("NFC"),
    foldedCase,
  ).join("");
}

/** Unicode's case folding, as far as the two cases give it: by way of the capital, ς is σ and ß is ss. */
function foldedCase(character: string): string {
  return Array.from(character.toLowerCase().toUpperCase(), (capital) => capital.toLowerCase()).join("");
}

function createFoldedSearch(tokens: TokenTable): FoldedSearch {
  let index: FoldedTokens | null = null;
  return {
    search(text) {
      const folded = fold(text);
      if (folded === "") return new Uint32Array(0);
      const { ids, texts } = (index ??= foldedTokens(tokens));
      const changed = Uint32Array.from(ids.filter((_, at) => texts[at].includes(folded)));
      if (folded === text.toLowerCase()) return changed;
      const others = searcherOf(tokens).search(folded, false) as Uint32Array;
      return Uint32Array.from(new Set([...changed, ...others])).sort();
    },
  };
}

/** The tokens that folding changes. */
interface FoldedTokens {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
}

function foldedTokens(tokens: TokenTable): FoldedTokens {
  const ids: number[] = [];
  const texts: string[] = [];
  const changes = changingUnits();
  for (let id = 0; id < tokens.n; id++) {
    let at = tokens.offsets[id];
    const end = tokens.offsets[id + 1];
    while (at < end && !changes(tokens.all.charCodeAt(at))) at++;
    if (at === end) continue;
    ids.push(id);
    texts.push(fold(tokens.token(id)));
  }
  return { ids, texts };
}

/** Whether folding does more to a UTF-16 unit than to take its small form; of surrogates it may. */
function changingUnits(): (unit: number) => boolean {
  const known = new Uint8Array(1 << 16); // 0: not looked at yet
  return (unit) => {
    if (unit < 128) return false;
    if (known[unit] === 0) known[unit] = isChanging(unit) ? 1 : 2;
    return known[unit] === 1;
  };
}

function isChanging(unit: number): boolean {
  if (unit >= 0xd800 && unit <= 0xdfff) return true;
  const character = String.fromCharCode(unit);
  return fold(character) !== character.toLowerCase();
}
