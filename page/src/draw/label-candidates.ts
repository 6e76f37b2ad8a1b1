/** Which tokens are tried for a label, and in which order. */
import { NO_IDS } from "../state/ids";
import type { LabelScene } from "./label-placement";
import type { Marks } from "./map";
import { FOUND, SELECTED, UNMARKED } from "./mark-kinds";
import type { ScreenIndex } from "./screen-index";
import { depthFraction } from "./sizes";

/** At most this many tokens are tried, so that the time does not grow with the table. */
const MAX_CANDIDATES = 10_000;
/** Tokens looked at between two looks at the clock. */
const CHUNK = 16384;

export interface Candidate {
  readonly id: number;
  readonly isMarked: boolean;
}

/** How much a place at the back, or far from the chosen token, counts beside importance: as so many doublings of rank. */
const BACK = 4;
const FAR = 6;

/** How much more a token counts whose label stays, in the same doublings. */
const STAYS = 4;

/**
 * Tokens in view in the order in which they are tried: the neighbors, the path, those with trails, the found in the order
 * of the search, the selected, then the others; of the last two the important first, and those near the camera and, in
 * focus, near the chosen token before those far off. Those in `staying` come before others that are little more important.
 * Yields between pieces of the work.
 */
export function* candidates(
  scene: LabelScene,
  index: ScreenIndex,
  staying: { has(id: number): boolean },
): Generator<void, Candidate[], void> {
  const { cloud, marks } = scene;
  const { slotOf } = cloud.order;
  const isInView = (id: number) => index.isInView(slotOf[id]);
  const [selected, others] = [new Ranked(), new Ranked()];
  for (let rank = 0; rank < scene.importance.length; rank++) {
    if (rank % CHUNK === CHUNK - 1) yield;
    const id = scene.importance[rank];
    if (!isInView(id)) continue;
    const kind = cloud.markOf(slotOf[id]);
    if (kind === UNMARKED || kind === SELECTED) (kind === SELECTED ? selected : others).add(id, rank);
    if (others.isFull && (marks.selected.length === 0 || selected.isFull)) break;
  }
  const remote = remoteness(scene, index);
  const penalty = (id: number) => remote(id) - (staying.has(id) ? STAYS : 0);
  const found: number[] = [];
  for (const [at, id] of (marks.found ?? NO_IDS).entries()) {
    if (at % CHUNK === CHUNK - 1) yield;
    if (isInView(id) && cloud.markOf(slotOf[id]) === FOUND) found.push(id);
    if (found.length === MAX_CANDIDATES) break;
  }
  const marked = [...marks.neighbors, ...marks.path, ...scene.trails, ...found, ...selected.sorted(penalty)];
  const all = [...marked, ...others.sorted(penalty)].slice(0, MAX_CANDIDATES);
  return all.map((id, at) => ({ id, isMarked: at < marked.length }));
}

/** How far back a token is, and how far from the chosen one, in doublings of its rank. */
function remoteness(scene: LabelScene, index: ScreenIndex): (id: number) => number {
  const { cloud, marks, sizing, view } = scene;
  const { slotOf } = cloud.order;
  const back = BACK * cloud.depthCue;
  const focus = marks.isFocus && marks.chosen !== null ? slotOf[marks.chosen] : null;
  const far = FAR / Math.hypot(view.width, view.height);
  return (id) => {
    const slot = slotOf[id];
    const behind = back * depthFraction(sizing.distance, index.depth[slot]);
    if (focus === null || Number.isNaN(index.x[focus])) return behind;
    return behind + far * Math.hypot(index.x[slot] - index.x[focus], index.y[slot] - index.y[focus]);
  };
}

/** Tokens with their ranks of importance. */
class Ranked {
  readonly ids: number[] = [];
  private readonly ranks: number[] = [];

  get isFull(): boolean {
    return this.ids.length >= MAX_CANDIDATES;
  }

  /** A full list takes no more. */
  add(id: number, rank: number): void {
    if (this.isFull) return;
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
  return [...marks.neighbors, ...marks.arrows.flat(), ...marks.path.slice(0, MAX_PATH_DOTS), ...focus];
}
