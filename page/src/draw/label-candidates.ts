/** Which tokens are tried for a label, and in which order. */
import type { LabelScene } from "./label-placement";
import type { Marks } from "./map";
import { FOUND, SELECTED } from "./mark-kinds";
import type { ScreenIndex } from "./screen-index";

/** At most this many tokens are tried, so that the time does not grow with the table. */
const MAX_CANDIDATES = 10_000;
/** Tokens looked at between two looks at the clock. */
const CHUNK = 16384;

export interface Candidate {
  readonly id: number;
  readonly isMarked: boolean;
}

/**
 * Tokens in view in the order in which they are tried: the path, the neighbors, the selected, the found, then the
 * others; each of the last three by importance and, in 3-D, by nearness to the camera. Yields between pieces of the work.
 */
export function* candidates(scene: LabelScene, index: ScreenIndex): Generator<void, Candidate[], void> {
  const { cloud, marks } = scene;
  const { slotOf } = cloud.order;
  const lists: Ranked[] = [new Ranked(true), new Ranked(true), new Ranked(false)];
  const [selected, found, others] = lists;
  const hasMarks = marks.selected.length > 0 || marks.found !== null;
  for (let rank = 0; rank < scene.importance.length; rank++) {
    if (rank % CHUNK === CHUNK - 1) yield;
    const id = scene.importance[rank];
    const slot = slotOf[id];
    if (!index.isInView(slot)) continue;
    const kind = cloud.markOf(slot);
    const list = kind === SELECTED ? selected : kind === FOUND ? found : others;
    if (list.ids.length < MAX_CANDIDATES) list.add(id, rank);
    else if (!hasMarks) break; // the rest of the table has nothing for the other lists
  }
  const order: Candidate[] = [...marks.path, ...marks.neighbors].map((id) => ({ id, isMarked: true }));
  const depthWeight = 2.5 * cloud.depthCue;
  const penalty = (id: number) => depthWeight * ((index.depth[slotOf[id]] - scene.sizing.distance + 1.2) / 2.4);
  for (const list of lists) for (const id of list.sorted(penalty)) order.push({ id, isMarked: list.isMarked });
  return order.slice(0, MAX_CANDIDATES);
}

/** Tokens with their ranks of importance. */
class Ranked {
  readonly ids: number[] = [];
  private readonly ranks: number[] = [];

  constructor(readonly isMarked: boolean) {}

  add(id: number, rank: number): void {
    this.ids.push(id);
    this.ranks.push(rank);
  }

  /** Ids by the logarithm of their rank plus a penalty. */
  sorted(penalty: (id: number) => number): number[] {
    const key = this.ids.map((id, i) => Math.log2(this.ranks[i] + 2) + penalty(id));
    const by = Uint32Array.from(this.ids, (_, i) => i).sort((a, b) => key[a] - key[b]);
    return Array.from(by, (i) => this.ids[i]);
  }
}

/** Of a longer path, labels may cover the dots after these. */
const MAX_PATH_DOTS = 200;

/** Tokens whose dots no label may cover. */
export function protectedTokens(marks: Marks): number[] {
  const focus = [marks.chosen, marks.hovered].filter((id) => id !== null);
  return [...marks.neighbors, ...marks.path.slice(0, MAX_PATH_DOTS), ...focus];
}
