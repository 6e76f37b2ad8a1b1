/** From the text in the search field to the tokens found. */
import type { App } from "../app";
import { byRank, rankColumn, searchColumn } from "../state/columns";
import { foldedSearch } from "../state/folded";
import { hangulSearch } from "../state/hangul";
import { joined } from "../state/ids";
import { latestOnly } from "../state/latest";
import { type BadPattern, searcherOf } from "../state/search";
import { spellings } from "../state/spellings";
import { errorText } from "../ui/errors";
import { localColumn } from "../ui/own-columns";

/** Fast typing does not search a large table at each letter. */
const PAUSE_MS = 40;
const PREPARE_MS = 1500;

export function controlSearch(app: App): void {
  const searcher = searcherOf(app.tokens);
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
    if (searchIn === null) return show(tokensWith(text, regex));
    const rankedBy = rankColumn(app.source.manifest.columns);
    const columns = [searchIn, ...(rankedBy === null ? [] : [rankedBy])];
    void latest.ask(() => Promise.all(columns.map((at) => app.source.column(at))), {
      answer([column, ranked]) {
        const found = searchColumn(localColumn(app, column), text, regex);
        show("error" in found || ranked === undefined ? found : byRank(found, ranked));
      },
      failure: (error) => app.notify(errorText(app.store.get().lang, error.message)),
    });
  }

  function show(found: Uint32Array | BadPattern): void {
    app.store.set({ found: "error" in found ? null : found });
  }

  /** The tokens that contain the text, the closest first, then those that it finds in another spelling. */
  function tokensWith(text: string, regex: boolean): Uint32Array | BadPattern {
    const found = searcher.search(text, regex);
    if ("error" in found) return found;
    const closest = searcher.closestFirst(ordered(found), text);
    return regex ? closest : joined([closest, ...others(text)]);
  }

  /** What the text finds in another spelling, by its Hangul letters, and folded; the best first. */
  function others(text: string): Uint32Array[] {
    const contained = spellings(text)
      .slice(1)
      .map((spelling) => searcher.closestFirst(ordered(searcher.search(spelling, false) as Uint32Array), spelling));
    const byLetters = hangulSearch(app.tokens).search(text).map(ordered);
    return [...contained, ...byLetters, ordered(foldedSearch(app.tokens).search(text))];
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
