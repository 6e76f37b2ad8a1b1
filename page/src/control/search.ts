/** From the text in the search field to the tokens found. */
import type { App } from "../app";
import { createSearcher } from "../state/search";

/** Fast typing does not search a large table at each letter. */
const PAUSE_MS = 40;
const PREPARE_MS = 1500;

export function controlSearch(app: App): void {
  const searcher = createSearcher(app.tokens);
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
    app.store.set({ found: "error" in found ? null : searcher.closestFirst(ordered(found), text) });
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
