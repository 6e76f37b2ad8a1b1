/** From the text in the search field to the tokens found. */
import type { App } from "../app";
import type { TokenTable } from "../data/tokens";
import { createSearcher } from "../state/search";

/** Fast typing does not search a large table at each letter. */
const PAUSE_MS = 40;
const PREPARE_MS = 1500;

export function controlSearch(app: App): void {
  const searcher = createSearcher(app.tokens);
  let ranks = ranksOf(app.importance);
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Put ascending ids in the order of importance, in place. */
  function ordered(ids: Uint32Array): Uint32Array {
    const rankOf = ranks();
    return rankOf === null ? ids : ids.sort((a, b) => rankOf[a] - rankOf[b]);
  }

  function search(): void {
    const { search: text, regex } = app.store.get();
    if (text === "") return app.store.set({ found: null });
    const found = searcher.search(text, regex);
    app.store.set({ found: "error" in found ? null : exactFirst(ordered(found), text, app.tokens) });
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (now.search === before.search && now.regex === before.regex) return;
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
