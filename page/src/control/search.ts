/** From the text in the search field to the tokens found. */
import type { App } from "../app";
import { searchColumn } from "../state/columns";
import { latestOnly } from "../state/latest";
import { type BadPattern, createSearcher } from "../state/search";

/** Fast typing does not search a large table at each letter. */
const PAUSE_MS = 40;
const PREPARE_MS = 1500;

export function controlSearch(app: App): void {
  const searcher = createSearcher(app.tokens);
  const latest = latestOnly();
  let ranks = ranksOf(app.importance);
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Put ascending ids in the order of importance, in place. */
  function ordered(ids: Uint32Array): Uint32Array {
    const rankOf = ranks();
    return rankOf === null ? ids : ids.sort((a, b) => rankOf[a] - rankOf[b]);
  }

  function search(): void {
    const { search: text, regex, searchIn } = app.store.get();
    latest.stop();
    if (text === "") return app.store.set({ found: null });
    if (searchIn === null) return show(searcher.search(text, regex), text);
    void latest.ask(() => app.source.column(searchIn), {
      answer: (column) => show(searchColumn(column, text, regex), null),
      failure: (error) => app.notify(error.message),
    });
  }

  /** `typed`: what tokens are ordered by, the closest first; null where they are found by something else. */
  function show(found: Uint32Array | BadPattern, typed: string | null): void {
    if ("error" in found) return app.store.set({ found: null });
    const ids = ordered(found);
    app.store.set({ found: typed === null ? ids : searcher.closestFirst(ids, typed) });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.search === before.search && now.regex === before.regex && now.searchIn === before.searchIn) return;
      clearTimeout(timer);
      timer = setTimeout(search, PAUSE_MS);
    }),
  );
  app.onDestroy(
    app.session.subscribe((now, before) => {
      if (now.importance === before.importance) return;
      ranks = ranksOf(now.importance);
      search();
    }),
  );
  app.onDestroy(() => clearTimeout(timer));
  app.onDestroy(latest.stop);
  if (app.store.get().search) search();
  // Prepared before the first search, once the projection is drawn.
  else timer = setTimeout(() => searcher.prepare(), PREPARE_MS);
}

/** Gives the rank of each id in `importance`, made when first asked for; null where the ids are in order. */
function ranksOf(importance: Uint32Array): () => Uint32Array | null {
  const isTableOrder = importance.every((id, rank) => id === rank);
  let ranks: Uint32Array | null = null;
  return () => {
    if (isTableOrder || ranks !== null) return ranks;
    ranks = new Uint32Array(importance.length);
    for (let rank = 0; rank < ranks.length; rank++) ranks[importance[rank]] = rank;
    return ranks;
  };
}
