/** An index of where all points are on the screen, for picking and labels; it is built when the camera rests. */
import { NEAR } from "../state/camera";
import { project, type Place, type View } from "./view";

/** What picking needs to know of the points besides their places. */
export interface Targets {
  /** No radius is larger. */
  readonly maxRadius: number;
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
/** A point can be picked up to this many CSS pixels outside of its rim. */
export const REACH = 4;

export class ScreenIndex {
  /** CSS pixels; NaN where a point is behind the camera. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly depth: Float32Array;
  /** How many points are on the map or in its margin. */
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
  *build(points: Float32Array): Generator<void> {
    const { n, starts } = this;
    for (let slot = 0; slot < n; slot += CHUNK) {
      this.projectAll(points, slot, Math.min(slot + CHUNK, n));
      yield;
    }
    let total = 0;
    for (let cell = 0; cell < starts.length; cell++) {
      total += starts[cell];
      starts[cell] = total; // one past the cell's last; filling from behind makes it the first
    }
    this.inView = total;
    this.slots = new Uint32Array(total);
    for (let slot = n; slot > 0; slot -= CHUNK) {
      this.sortIn(Math.max(slot - CHUNK, 0), slot);
      yield;
    }
  }

  /** What `project` of view.ts does, written out, since this loop runs over a million points. */
  private projectAll(points: Float32Array, from: number, to: number): void {
    const { x, y, depth, starts, view } = this;
    const [m0, m1, , m3, m4, m5, , m7, m8, m9, , m11, m12, m13, , m15] = view.matrix;
    const [halfWidth, halfHeight, nearest] = [view.width / 2, view.height / 2, view.camera.distance * NEAR];
    const [tx, ty, tz] = view.camera.target;
    for (let slot = from, i = 3 * from; slot < to; slot++, i += 3) {
      const [px, py, pz] = [points[i] - tx, points[i + 1] - ty, points[i + 2] - tz];
      const away = m3 * px + m7 * py + m11 * pz + m15;
      const isVisible = away >= nearest;
      const atX = isVisible ? halfWidth + (halfWidth * (m0 * px + m4 * py + m8 * pz + m12)) / away : NaN;
      const atY = isVisible ? halfHeight - (halfHeight * (m1 * px + m5 * py + m9 * pz + m13)) / away : NaN;
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
   * The slot of the point at a place, or -1. Of the points whose disc, or the `REACH` around it, contains the place,
   * the one of the highest rank; then one that is hit over one that is missed; of those hit, the nearest to the camera;
   * then the nearest to the place.
   */
  pick(atX: number, atY: number, targets: Targets): number {
    const reach = targets.maxRadius + REACH;
    const left = Math.max(0, Math.floor((atX - reach + MARGIN) / CELL));
    const right = Math.min(this.columns - 1, Math.floor((atX + reach + MARGIN) / CELL));
    const top = Math.max(0, Math.floor((atY - reach + MARGIN) / CELL));
    const bottom = Math.min(this.rows - 1, Math.floor((atY + reach + MARGIN) / CELL));
    const best = new Best();
    for (let row = top; row <= bottom; row++)
      for (let i = this.starts[row * this.columns + left]; i < this.starts[row * this.columns + right + 1]; i++) {
        const slot = this.slots[i];
        best.offer(slot, this.x[slot] - atX, this.y[slot] - atY, this.depth[slot], targets);
      }
    return best.slot;
  }

  /** Whether the middle of a point is on the map. */
  isInView(slot: number): boolean {
    const [x, y] = [this.x[slot], this.y[slot]];
    return x >= 0 && x <= this.view.width && y >= 0 && y <= this.view.height;
  }

  /** -1 for places too far outside and for NaN. */
  private cell(x: number, y: number): number {
    const right = (x + MARGIN) / CELL;
    const down = (y + MARGIN) / CELL;
    if (!(right >= 0 && down >= 0 && right < this.columns && down < this.rows)) return -1;
    return (down | 0) * this.columns + (right | 0);
  }
}

/** The same choice without an index, while the camera moves: looks at every point. */
export function pickAmongAll(view: View, points: Float32Array, x: number, y: number, targets: Targets): number {
  const place: Place = { x: 0, y: 0, depth: 0 };
  const best = new Best();
  for (let slot = 0; 3 * slot < points.length; slot++)
    if (project(view, points[3 * slot], points[3 * slot + 1], points[3 * slot + 2], place))
      best.offer(slot, place.x - x, place.y - y, place.depth, targets);
  return best.slot;
}

class Best {
  slot = -1;
  private rank = 0;
  private hit = false;
  private depth = 0;
  private away = 0;

  offer(slot: number, right: number, down: number, depth: number, targets: Targets): void {
    const away = Math.sqrt(right * right + down * down);
    if (away > targets.maxRadius + REACH) return;
    const radius = targets.radius(slot, depth);
    if (radius < 0 || away > radius + REACH) return;
    const rank = targets.rank(slot);
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

/** In 2-D all depths are equal except for rounding. */
const SAME_DEPTH = 1e-4;
