/** The focus: the chosen token with its neighbors, or an analogy, while everything else on the map fades. */
import type { Neighbor } from "../data/source";
import { decimal, significant } from "./numbers";
import type { State } from "./state";

/** This many neighbors are named on the map. */
export const NAMED = 10;

export interface Focus {
  readonly isFocus: boolean;
  /** All points keep their colors. */
  readonly keepsColors: boolean;
  /** Nearest first. */
  readonly neighbors: readonly number[];
  /** As written, of those neighbors that are named. */
  readonly similarities: readonly string[];
  /** From a to b and from c to the answer. */
  readonly arrows: readonly (readonly [number, number])[];
}

export type FocusState = Pick<State, "chosen" | "lesson" | "colorBy" | "metric" | "analogy">;

/** No focus: the same value each time, so that it is equal to itself. */
const NONE: Focus = { isFocus: false, keepsColors: false, neighbors: [], similarities: [], arrows: [] };

/**
 * `neighbors` of the chosen token and the `answer` of the analogy: null while they are unknown. While the lesson is open
 * there is no focus: what stands out then is the lesson's.
 */
export function focusOf(
  { chosen, lesson, colorBy, metric, analogy }: FocusState,
  neighbors: readonly Neighbor[] | null,
  answer: number | null,
  hasVectors: boolean,
  locale: string,
): Focus {
  if (lesson !== null || !hasVectors) return NONE;
  const [a, b, c] = analogy;
  const pairs = [
    [a, b],
    [c, answer],
  ];
  const arrows = pairs.filter((pair): pair is [number, number] => !pair.includes(null));
  if (chosen === null && arrows.length === 0) return NONE;
  const near = chosen === null ? [] : (neighbors ?? []);
  const written = (score: number) => (metric === "cosine" ? decimal(locale, score, 2) : significant(locale, -score, 3));
  return {
    isFocus: true,
    keepsColors: chosen !== null && colorBy === "similarity",
    neighbors: near.map(({ id }) => id),
    similarities: near.slice(0, NAMED).map(({ score }) => written(score)),
    arrows,
  };
}
