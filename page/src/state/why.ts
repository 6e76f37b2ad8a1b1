/** Why two tokens are near: what is asked, how far it is, and the rows of the sum that are shown. */
import type { AxisShare, Evidence, IndependentAxes, Why } from "../data/why";

/** The ids of two tokens. */
export type Pair = readonly [number, number];

/** A question to the server. Neither answer nor error nor progress: it was not asked. */
export interface Asked<T> {
  readonly answer: T | null;
  readonly error: string | null;
  /** null: it is not under way. `before`: how many computations are ahead in the queue. */
  readonly progress: { readonly before: number; readonly done: number } | null;
}

export const NOT_ASKED: Asked<never> = { answer: null, error: null, progress: null };

/** What is known of the pair that is looked at, and the axes of the table. */
export interface Explanation {
  readonly why: Asked<Why>;
  readonly evidence: Asked<Evidence>;
  readonly axes: Asked<IndependentAxes>;
}

export const NOTHING_EXPLAINED: Explanation = { why: NOT_ASKED, evidence: NOT_ASKED, axes: NOT_ASKED };

/** A row of the sum: one axis, or all that is left of one kind. */
export interface SumRow {
  readonly of: AxisShare | "others" | "mean" | "outside";
  /** How many axes it stands for. */
  readonly n: number;
  readonly value: number;
}

/** Below this, a part of the sum is an error of rounding. */
const NOTHING = 5e-5;

/**
 * The sum: the `n` axes that count most, whatever their sign, the greatest first; the others together; the mean; what
 * no axis has. Values are rounded to `digits`; what the roundings add up to goes to the others, else to the mean.
 */
export function sumRows({ similarity, mean, outside, shares }: Why, n: number, digits: number): SumRow[] {
  const rounded = (value: number) => Math.round(value * 10 ** digits) / 10 ** digits;
  const shown = new Set([...shares].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, n));
  const rows: SumRow[] = shares
    .filter((share) => shown.has(share))
    .map((share) => ({ of: share, n: 1, value: rounded(share.contribution) }));
  if (Math.abs(outside) >= NOTHING) rows.push({ of: "outside", n: 0, value: rounded(outside) });
  const left = rounded(rounded(similarity) - rows.reduce((sum, { value }) => sum + value, 0));
  const nOthers = shares.length - shown.size;
  const ofMean = nOthers > 0 ? rounded(mean) : left;
  rows.push({ of: "mean", n: 0, value: ofMean });
  if (nOthers === 0) return rows;
  const others: SumRow = { of: "others", n: nOthers, value: rounded(left - ofMean) };
  return [...rows.slice(0, shown.size), others, ...rows.slice(shown.size)];
}

/** The axes of the table, whose names are in every answer about a pair. */
export function axesOf({ shares, converged }: Why): IndependentAxes {
  return { axes: [...shares].sort((a, b) => a.axis - b.axis).map(({ tokens }) => tokens), converged };
}

/** The entry of the address. */
export function pairEntry(pair: Pair | null): string {
  return pair?.join("~") ?? "";
}

export function pairFrom(text: string | null, nTokens: number): Pair | null {
  const ids = (text ?? "").split("~").map((id) => (/^\d{1,10}$/.test(id) ? Number(id) : nTokens));
  return ids.length === 2 && ids.every((id) => id < nTokens) && ids[0] !== ids[1] ? [ids[0], ids[1]] : null;
}
