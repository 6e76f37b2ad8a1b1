/** From the text in the search field to the tokens found. */
import type { App } from "../app";
import type { TokenTable } from "../data/tokens";
import { hangulSearch } from "../state/hangul";
import { joined } from "../state/ids";
import { searcherOf } from "../state/search";
import { spellings } from "../state/spellings";

/** Fast typing does not search a large table at each letter. */
const PAUSE_MS = 40;
const PREPARE_MS = 1500;

export function controlSearch(app: App): void {
  const searcher = searcherOf(app.tokens);
  let ranks: Uint32Array | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isTableOrder = app.importance.every((id, rank) => id === rank);

  /** Put ascending ids in the order of importance, in place. */
  function ordered(ids: Uint32Array): Uint32Array {
    if (isTableOrder) return ids;
    if (ranks === null) {
      ranks = new Uint32Array(app.importance.length);
      for (let rank = 0; rank < ranks.length; rank++) ranks[app.importance[rank]] = rank;
    }
    const rankOf = ranks;
    return ids.sort((a, b) => rankOf[a] - rankOf[b]);
  }

  function search(): void {
    const { search: text, regex } = app.store.get();
    if (text === "") return app.store.set({ found: null });
    const found = searcher.search(text, regex);
    if ("error" in found) return app.store.set({ found: null });
    app.store.set({ found: joined([exactFirst(ordered(found), text, app.tokens), ...(regex ? [] : others(text))]) });
  }

  /** What the text finds in another spelling, and by its Hangul letters; the best first. */
  function others(text: string): Uint32Array[] {
    const contained = spellings(text)
      .slice(1)
      .map((spelling) => exactFirst(ordered(searcher.search(spelling, false) as Uint32Array), spelling, app.tokens));
    return [...contained, ...hangulSearch(app.tokens).search(text).map(ordered)];
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.search === before.search && now.regex === before.regex) return;
      clearTimeout(timer);
      timer = setTimeout(search, PAUSE_MS);
    }),
  );
  app.onDestroy(() => clearTimeout(timer));
  if (app.store.get().search) search();
  // Prepared before the first search, once the projection is drawn.
  else timer = setTimeout(() => searcher.prepare(), PREPARE_MS);
}

/** Move the token that equals the typed text to the front, in place. */
export function exactFirst(ids: Uint32Array, typed: string, tokens: TokenTable): Uint32Array {
  const isTyped = (id: number) =>
    tokens.offsets[id + 1] - tokens.offsets[id] === typed.length && tokens.token(id) === typed;
  const at = ids.findIndex(isTyped);
  if (at > 0) {
    const exact = ids[at];
    ids.copyWithin(1, 0, at);
    ids[0] = exact;
  }
  return ids;
}
