/** Asks for pairs of words that are worth following, and for what the second lesson says about one. */
import type { App } from "../../app";
import type { Neighbor } from "../../data/source";
import { display } from "../../state/display";
import { FREQUENT, tellingPlaces } from "../../state/examples";
import { bestPairs, distinctPairs, looksRandom, meanOf, type Pair } from "../../state/meaning-lesson";
import { hasVectorsOfAll, lastMoment } from "../../state/timeline";

/** The neighbors of as many words are asked for; one of them and a word among more are a pair. */
const ASKED = 24;
const KNOWN = 500;
const NEIGHBORS = 25;
/** As many pairs are suggested. */
const SUGGESTED = 3;
/** As many neighbors are listed. */
const LISTED = 5;
/** With as many other words the first one of a pair is compared. */
const OTHERS = 12;

/** What is known of a pair; null where the vectors of all moments are not. */
export interface Facts {
  /** At each moment; NaN: one of the two has no direction. */
  readonly similarities: Float32Array;
  /** The mean similarity of the first word to some common words at each moment, and how many these are. */
  readonly others: { readonly n: number; readonly mean: readonly number[] };
  /** Of each word at the first and at the last moment, nearest first; empty: it has no direction then. */
  readonly near: readonly (readonly [first: readonly Neighbor[], last: readonly Neighbor[]])[];
  /** At the first moment both words are to all others as random rows are. */
  readonly isRandom: boolean;
}

/**
 * The pairs of words that came closest from the first moment to the last, the first in front; never none. Of words that
 * mean something by themselves, where two of these are near to each other: the frequent ones are mostly of grammar.
 */
export async function suggestedPairs(app: App): Promise<Pair[]> {
  const common = commonWords(app);
  if (hasVectorsOfAll(app.source.manifest))
    for (const words of [familiarWords(app), common]) {
      const best = await pairsAmong(app, words);
      if (best.length > 0) return best;
    }
  return [[common[0], common[1]]];
}

async function pairsAmong({ source, tokens }: App, words: readonly number[]): Promise<Pair[]> {
  const norms = await source.norms();
  const known = new Set(words.slice(0, KNOWN));
  const pairs = words.slice(0, ASKED).map(async (id): Promise<Pair[]> => {
    if (!(norms[id] > 0)) return [];
    const near = await source.nearest({ positive: [id], negative: [], k: NEIGHBORS, metric: "cosine" });
    return near.filter((one) => known.has(one.id)).map((one): Pair => [id, one.id]);
  });
  const nearest = (await Promise.all(pairs)).flatMap((some) => distinctPairs(some, wordOf).slice(0, 2));
  const distinct = distinctPairs(nearest, wordOf);
  const found = distinct.map(async (pair) => ({ pair, similarities: await source.overTime(...pair) }));
  return bestPairs(await Promise.all(found), SUGGESTED);

  function wordOf(id: number): string {
    return display(tokens.token(id));
  }
}

function familiarWords({ source, importance }: App): number[] {
  const familiar = new Set(source.manifest.timeline?.familiar);
  return Array.from(importance).filter((id) => familiar.has(id));
}

/** Ids of words that say something by themselves, the most frequent first; of any tokens where there are none. */
function commonWords({ tokens, importance, store }: App): number[] {
  const frequent = Array.from(importance.subarray(0, FREQUENT));
  const places = tellingPlaces(
    frequent.map((id) => tokens.token(id)),
    store.get().lang,
  );
  return places.length > 1 ? places.map((at) => frequent[at]) : frequent;
}

export async function factsOf(app: App, pair: Pair, signal: AbortSignal): Promise<Facts | null> {
  const { source } = app;
  const { manifest } = source;
  if (!hasVectorsOfAll(manifest)) return null;
  const ends = [0, lastMoment(manifest)];
  const nearAll = async (id: number) => {
    const lengths = await source.overTime(id, null, signal);
    const near = async (moment: number): Promise<readonly Neighbor[]> => {
      if (!(lengths[moment] > 0)) return [];
      return source.nearest({ positive: [id], negative: [], k: LISTED, metric: "cosine", moment }, signal);
    };
    const [first, last] = await Promise.all(ends.map(near));
    return [first, last] as const;
  };
  const isRandom = async (id: number) => looksRandom(await source.similarities(id, signal, 0), id, manifest.dim);
  const other = commonWords(app)
    .filter((id) => !pair.includes(id))
    .slice(0, OTHERS);
  const [similarities, lines, near, random] = await Promise.all([
    source.overTime(...pair, signal),
    Promise.all(other.map((id) => source.overTime(pair[0], id, signal))),
    Promise.all(pair.map(nearAll)),
    Promise.all(pair.map(isRandom)),
  ]);
  const others = { n: other.length, mean: meanOf(lines) };
  return { similarities, others, near, isRandom: random.every(Boolean) };
}
