/** Where all points are on the screen, and which are near a place: built when the camera rests. */
import { project, type Place, type View } from "./view";

/** What the index does not know of a point. */
export interface Look {
  /** No radius is larger. */
  readonly largest: number;
  /** The radius in CSS pixels, or -1 for a point that is not drawn. */
  radius(slot: number, depth: number): number;
  /** Higher is preferred. */
  rank(slot: number): number;
}

const CELL = 8;
/** Points this far outside of the map can still show an edge or a label. */
const MARGIN = 32;
/** Points between two looks at the clock. */
const CHUNK = 32768;
/** How far beside a point still means it. */
export const REACH = 4;

export class ScreenIndex {
  /** CSS pixels; NaN where a point is behind the eye. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly depth: Float32Array;
  /** How many points are in view. */
  inView = 0;
  private readonly columns: number;
  private readonly rows: number;
  /** Points of cell c: slots[starts[c]] … slots[starts[c + 1] - 1]. */
  private readonly starts: Uint32Array;
  private slots = new Uint32Array(0);

  constructor(
    private readonly view: View,
    private readonly n: number,
  ) {
    this.x = new Float32Array(n);
    this.y = new Float32Array(n);
    this.depth = new Float32Array(n);
    this.columns = Math.max(1, Math.ceil((view.width + 2 * MARGIN) / CELL));
    this.rows = Math.max(1, Math.ceil((view.height + 2 * MARGIN) / CELL));
    this.starts = new Uint32Array(this.columns * this.rows + 1);
  }

  /** Project all points (in slot order) and sort them into cells by counting. Yields between pieces of the work. */
  *build(points: Float32Array): Iterator<void> {
    const { n, starts } = this;
    for (let slot = 0; slot < n; slot += CHUNK) {
      this.projectAll(points, slot, Math.min(slot + CHUNK, n));
      yield;
    }
    let total = 0;
    for (let cell = 0; cell < starts.length; cell++) {
      total += starts[cell];
      starts[cell] = total; // one past the last of the cell; filling from behind makes it the first
    }
    this.inView = total;
    this.slots = new Uint32Array(total);
    for (let slot = n; slot > 0; slot -= CHUNK) {
      this.sortIn(Math.max(slot - CHUNK, 0), slot);
      yield;
    }
  }

  /** As `project` of view.ts does it, written out: this is the loop over a million points. */
  private projectAll(points: Float32Array, from: number, to: number): void {
    const { x, y, depth, starts, view } = this;
    const [m0, m1, , m3, m4, m5, , m7, m8, m9, , m11, m12, m13, , m15] = view.matrix;
    const [halfWidth, halfHeight, nearest] = [view.width / 2, view.height / 2, view.camera.distance / 50];
    for (let slot = from, i = 3 * from; slot < to; slot++, i += 3) {
      const [px, py, pz] = [points[i], points[i + 1], points[i + 2]];
      const away = m3 * px + m7 * py + m11 * pz + m15;
      const isSeen = away >= nearest;
      const atX = isSeen ? halfWidth + (halfWidth * (m0 * px + m4 * py + m8 * pz + m12)) / away : NaN;
      const atY = isSeen ? halfHeight - (halfHeight * (m1 * px + m5 * py + m9 * pz + m13)) / away : NaN;
      x[slot] = atX;
      y[slot] = atY;
      depth[slot] = away;
      const cell = this.cell(x[slot], y[slot]);
      if (cell >= 0) starts[cell]++;
    }
  }

  private sortIn(from: number, to: number): void {
    const { x, y, starts, slots } = this;
    for (let slot = to - 1; slot >= from; slot--) {
      const cell = this.cell(x[slot], y[slot]);
      if (cell >= 0) slots[--starts[cell]] = slot;
    }
  }

  /**
   * The slot of the point under a place, or -1: of those whose disc, or the `REACH` around it, holds the place, the
   * one of the highest rank; then one that is hit over one that is missed; of those hit the nearest to the eye; then
   * the nearest to the place.
   */
  pick(atX: number, atY: number, look: Look): number {
    const reach = look.largest + REACH;
    const left = Math.max(0, Math.floor((atX - reach + MARGIN) / CELL));
    const right = Math.min(this.columns - 1, Math.floor((atX + reach + MARGIN) / CELL));
    const top = Math.max(0, Math.floor((atY - reach + MARGIN) / CELL));
    const bottom = Math.min(this.rows - 1, Math.floor((atY + reach + MARGIN) / CELL));
    const best = new Best();
    for (let row = top; row <= bottom; row++)
      for (let i = this.starts[row * this.columns + left]; i < this.starts[row * this.columns + right + 1]; i++) {
        const slot = this.slots[i];
        best.offer(slot, this.x[slot] - atX, this.y[slot] - atY, this.depth[slot], look);
      }
    return best.slot;
  }

  /** -1 where it is too far outside, or nowhere. */
  private cell(x: number, y: number): number {
    const right = (x + MARGIN) / CELL;
    const down = (y + MARGIN) / CELL;
    if (!(right >= 0 && down >= 0 && right < this.columns && down < this.rows)) return -1;
    return (down | 0) * this.columns + (right | 0);
  }
}

/** The same choice without an index, for while the camera moves: a look at every point. */
export function pickAmongAll(view: View, points: Float32Array, x: number, y: number, look: Look): number {
  const place: Place = { x: 0, y: 0, depth: 0 };
  const best = new Best();
  for (let slot = 0; 3 * slot < points.length; slot++)
    if (project(view, points[3 * slot], points[3 * slot + 1], points[3 * slot + 2], place))
      best.offer(slot, place.x - x, place.y - y, place.depth, look);
  return best.slot;
}

class Best {
  slot = -1;
  private rank = 0;
  private hit = false;
  private depth = 0;
  private away = 0;

  offer(slot: number, right: number, down: number, depth: number, look: Look): void {
    const away = Math.sqrt(right * right + down * down);
    if (away > look.largest + REACH) return;
    const radius = look.radius(slot, depth);
    if (radius < 0 || away > radius + REACH) return;
    const rank = look.rank(slot);
    const hit = away <= radius;
    if (this.slot >= 0 && !this.better(rank, hit, depth, away)) return;
    this.slot = slot;
    this.rank = rank;
    this.hit = hit;
    this.depth = depth;
    this.away = away;
  }

  private better(rank: number, hit: boolean, depth: number, away: number): boolean {
    if (rank !== this.rank) return rank > this.rank;
    if (hit !== this.hit) return hit;
    if (hit && Math.abs(depth - this.depth) > SAME_DEPTH) return depth < this.depth;
    return away < this.away;
  }
}

/** In 2-D all depths are alike but for rounding. */
const SAME_DEPTH = 1e-4;
