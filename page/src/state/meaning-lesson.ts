/** The numbers of the second lesson, which follows two words through the moments of a timeline. */
import type { Manifest } from "../data/source";
import { momentsOf } from "./timeline";

/** Two ids, the first of which is the chosen one. */
export type Pair = readonly [number, number];

export interface PairOverTime {
  readonly pair: Pair;
  /** At each moment; NaN: one of the two has no direction. */
  readonly similarities: ArrayLike<number>;
}

/**
 * How much nearer two words are at the end than at the start; NaN where one has no direction then. That they pointed
 * away from each other by chance does not count for them.
 */
export function rise(similarities: ArrayLike<number>): number {
  const first = similarities[0];
  return similarities[similarities.length - 1] - (first < 0 ? 0 : first);
}

/** The mean of several lines at each moment, over those that have a value there; NaN: none has. */
export function meanOf(lines: readonly ArrayLike<number>[]): number[] {
  return Array.from(lines[0] ?? [], (_, moment) => {
    const values = lines.map((line) => line[moment]).filter(Number.isFinite);
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
  });
}

/** The pairs that came closest to each other, the first in front; no word stands in two of them. */
export function bestPairs(found: readonly PairOverTime[], most: number): Pair[] {
  const used = new Set<number>();
  return found
    .filter(({ similarities }) => Number.isFinite(rise(similarities)))
    .sort((one, other) => rise(other.similarities) - rise(one.similarities))
    .map(({ pair }) => pair)
    .filter((pair) => {
      const isNew = !pair.some((id) => used.has(id));
      if (isNew) pair.forEach((id) => used.add(id));
      return isNew;
    })
    .slice(0, most);
}

/** Each pair once, whichever of its words comes first; a word and its own plural teach little, so these are left out. */
export function distinctPairs(pairs: readonly Pair[], word: (id: number) => string): Pair[] {
  const seen = new Set<string>();
  return pairs.filter(([a, b]) => {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    const [one, other] = [word(a).toLowerCase(), word(b).toLowerCase()];
    const isForm = one.startsWith(other) || other.startsWith(one);
    const isNew = a !== b && !isForm && !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** From which whole moment on all values lie on the far side of the middle between the first and `goal`. */
export interface Turn {
  readonly from: number;
  readonly to: number;
  /** null: `to` does not lie beyond `from` in that direction. */
  readonly moment: number | null;
  /** It was so from the first value on. */
  readonly isFromStart: boolean;
}

const NO_TURN: Turn = { from: NaN, to: NaN, moment: null, isFromStart: false };

/** When a similarity came to stay above half of its last value, where it rose to one above 0. */
export function meetingOf(similarities: ArrayLike<number>): Turn {
  return turn(similarities, (_, to) => to / 2, 1);
}

/**
 * The same of the lead that two words have over `others`, the mean similarity to other words: in the first steps of
 * training all words move the same way, so that two of them are soon as alike as any. null: it does not come later.
 */
export function leadOf(similarities: ArrayLike<number>, others: ArrayLike<number>): Turn | null {
  const alone = meetingOf(similarities).moment;
  const lead = meetingOf(Array.from(similarities, (value, moment) => value - others[moment]));
  return alone !== null && lead.moment !== null && lead.moment > alone ? lead : null;
}

/** The moment at which two words have met; null: they have not. */
export function metAt(similarities: ArrayLike<number>, others: ArrayLike<number>): number | null {
  return leadOf(similarities, others)?.moment ?? meetingOf(similarities).moment;
}

/** When a loss came to stay below the middle between its first and its last value, where it fell. */
export function fallOf(losses: ArrayLike<number>): Turn {
  return turn(losses, (from, to) => (from + to) / 2, -1);
}

/** `sign`: 1 for values that rise, -1 for those that fall. */
function turn(values: ArrayLike<number>, limitOf: (from: number, to: number) => number, sign: 1 | -1): Turn {
  const known = Array.from(values, (value, moment) => ({ value, moment })).filter(({ value }) =>
    Number.isFinite(value),
  );
  if (known.length < 2) return NO_TURN;
  const [from, to] = [known[0].value, known[known.length - 1].value];
  const limit = limitOf(from, to);
  const isBeyond = (value: number) => sign * (value - limit) > 0;
  if (sign * (to - from) <= 0 || !isBeyond(to)) return { from, to, moment: null, isFromStart: false };
  const last = known.findLastIndex(({ value }) => !isBeyond(value));
  return { from, to, moment: known[last + 1].moment, isFromStart: last < 0 };
}

/** The part of the way from the first moment to the last; null: nothing says how far training had come. */
export function shareOfWay(manifest: Pick<Manifest, "timeline" | "comparison">, moment: number): number | null {
  const progress = momentsOf(manifest).map((one) => one.progress);
  const [first, at, last] = [progress[0], progress[moment], progress[progress.length - 1]];
  if (first === null || at === null || last === null || !(last > first)) return null;
  return (at - first) / (last - first);
}

/** A loss whose half is done before this part of the way falls fast, then slowly. */
export const FAST = 0.35;

/** Whether the first moment is from before the first step of training. */
export function isFromStart(manifest: Pick<Manifest, "timeline" | "comparison">): boolean {
  return manifest.timeline !== null && manifest.timeline.unit !== "" && momentsOf(manifest)[0]?.progress === 0;
}

/** Fewer numbers than these may look random by chance. */
const LEAST_TOKENS = 100;
const LEAST_DIM = 30;
/** How far the spread of similarities may be from that of random rows, and the largest from the largest of these. */
const SPREAD = 1.3;
const LARGEST = 1.3;

/**
 * Whether a row is as near to all others as random rows are: their cosines spread by 1/√dim around 0, and the largest
 * of n is about √(2 ln n / dim). A table of a training that goes on from another one is not.
 */
export function looksRandom(similarities: ArrayLike<number>, id: number, dim: number): boolean {
  let [n, squares, largest] = [0, 0, 0];
  for (let other = 0; other < similarities.length; other++) {
    const value = similarities[other];
    if (other === id || !Number.isFinite(value)) continue;
    n++;
    squares += value * value;
    largest = Math.max(largest, value);
  }
  if (n < LEAST_TOKENS || dim < LEAST_DIM) return false;
  const spread = Math.sqrt((squares / n) * dim);
  return spread < SPREAD && spread > 1 / SPREAD && largest < LARGEST * Math.sqrt((2 * Math.log(n)) / dim);
}

/** The similarity of two random rows lies between this and its negative in 95 of 100 cases: two standard deviations. */
export function randomRange(dim: number): number {
  return 1.96 / Math.sqrt(dim);
}
