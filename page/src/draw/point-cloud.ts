/**
 * The points as the main thread knows them: where they are, what they look like, and which are marked. No WebGL here.
 *
 * The arrays are those that the GPU gets, by slot (see order.ts), 28 bytes a point:
 *   from, to   3 × float32   x, y, z of the place it leaves and of the place it goes to
 *   style      4 × uint8     color code, kind of mark (mark-kinds.ts), size (sizeOfRank of sizes.ts), unused
 * The vertex shader in shaders.ts reads the same; all others ask the methods below. `takeChanges` says what the GPU
 * has not been sent yet.
 */
import type { Dims } from "../data/source";
import type { Rgb } from "./colors";
import type { Fitting } from "./fitting";
import type { MapColors, Marks } from "./map";
import { type Fading, fading, isIsolated, markedTokens, NO_FADING, SELECTED, UNMARKED } from "./mark-kinds";
import { Moments, PlacesAhead } from "./moments";
import { shuffledOrder, type Order } from "./order";
import { diameter, sizeOfRank, sizingOf, type Sizing } from "./sizes";
import { project, type Place, type View } from "./view";

/** Channels of `style`. */
const COLOR = 0;
const MARK = 1;
const SIZE = 2;

/** Sending more pieces than this takes longer than sending all. */
const MAX_PIECES = 256;

/** No point is drawn farther off: beyond, float32 has no numbers left for what is around a point. */
const FARTHEST = 1e9;

/** What changed since the GPU was last sent anything. */
export interface Changes {
  /** All arrays are new ones. */
  resized: boolean;
  /** Those of `from` and `to` whose numbers changed. */
  readonly places: Set<Float32Array>;
  /** Slots whose style changed; null: all. */
  styles: number[] | null;
  marked: boolean;
  palette: boolean;
}

export class PointCloud {
  n = 0;
  order: Order = shuffledOrder(0);
  from = new Float32Array(0);
  to = new Float32Array(0);
  style = new Uint8Array(0);
  /** Four uint8 a color code: red, green, blue, unused. */
  readonly palette = new Uint8Array(4 * 256).fill(255);
  /** How many points have a place: none before the first projection, nor those whose vectors hold NaN. */
  nPlaced = 0;
  /** How far the points are on their way, 0 … 1. */
  glide = 1;
  /** 0 in 2-D, 1 in 3-D, between while one becomes the other. */
  depthCue = 0;
  /** Slots of the marked points, ascending; in isolation those of the selected alone, what stands out last. */
  marked = new Uint32Array(0);
  isolated = false;
  fading: Fading = NO_FADING;
  /** How many points stand out: they are larger, with rings, unless all that is drawn would. */
  nOutstanding = 0;
  /** Slots of the points that lie outside of [-1, 1]³ where they go to, the most important first. */
  outliers: readonly number[] = [];
  /** Of the picture that is shown; null before the first. */
  moments: Moments | null = null;
  /** The one that is shown, or that the points are on their way to; it may lie between two. */
  moment = 0;
  private ahead: PlacesAhead | null = null;
  /** The whole moments whose places `from` and `to` hold; null: other places. */
  private held: { from: number | null; to: number | null } = { from: null, to: null };
  private hasOutliers = false;
  private importance: Uint32Array = new Uint32Array(0);
  private changes: Changes = { ...noChanges(), resized: true };

  /** How many points there are to draw. */
  get total(): number {
    return this.isolated ? this.marked.length : this.nPlaced;
  }

  /** How many the GPU has to go through to draw them, those without a place too. */
  get nSlots(): number {
    return this.isolated ? this.marked.length : this.n;
  }

  /** Make room for as many tokens as `importance` (their ids, the most important first) has, all at the origin. */
  resize(importance: Uint32Array): void {
    const n = importance.length;
    this.n = n;
    this.order = shuffledOrder(n);
    this.from = new Float32Array(3 * n);
    this.to = new Float32Array(3 * n);
    this.style = new Uint8Array(4 * n);
    this.nPlaced = 0;
    this.moments = null;
    this.glide = 1;
    this.marked = new Uint32Array(0);
    this.isolated = false;
    this.fading = NO_FADING;
    this.nOutstanding = 0;
    this.outliers = [];
    this.changes = { ...noChanges(), resized: true, palette: this.changes.palette };
    this.setImportance(importance);
  }

  /** The more important a token, the larger its point. */
  setImportance(importance: Uint32Array): void {
    const { n, style } = this;
    this.importance = importance;
    const { slotOf } = this.order;
    for (let rank = 0; rank < n; rank++) style[4 * slotOf[importance[rank]] + SIZE] = sizeOfRank(rank, n);
    this.changes.styles = null;
  }

  /**
   * Give the points a new goal, from where they are now: their places at a moment. `points`: as setPoints of map.ts takes
   * them.
   */
  moveTo(points: Float32Array, dims: Dims, fitting: Fitting, moment = 0): void {
    this.moments = new Moments(points, dims, fitting, this.n);
    this.ahead = new PlacesAhead(this.moments, this.order.idOf);
    this.hasOutliers = fitting.hasOutliers;
    this.moveToMoment(moment);
  }

  /** The same with the places of the picture that is shown at another moment. */
  moveToMoment(moment: number): void {
    this.stopHere();
    this.moment = moment;
    this.moments!.write(moment, this.order.idOf, this.to);
    this.held = { from: null, to: Number.isInteger(moment) ? moment : null };
    this.changes.places.add(this.to);
    this.goalChanged();
    this.glide = 0;
    this.appear();
  }

  /** Put the points where they are at a moment. Of two moments that follow each other the GPU gets only the new one. */
  showMoment(moment: number): void {
    const goal = Math.ceil(moment);
    const start = goal - 1;
    const { held } = this;
    const isForward = moment > this.moment;
    this.moment = moment;
    if (held.to !== goal && (held.from === goal || held.to === start)) {
      [this.from, this.to] = [this.to, this.from];
      this.held = { from: held.to, to: held.from };
    }
    if (this.held.to !== goal) this.hold("to", goal);
    if (held.to !== goal) this.goalChanged();
    this.glide = moment === goal ? 1 : moment - start;
    if (this.glide < 1 && this.held.from !== start) this.hold("from", start);
    if (this.held === held) this.ahead!.advance(isForward ? goal + 1 : start - 1);
  }

  private hold(name: "from" | "to", moment: number): void {
    this.ahead!.take(moment, this[name]);
    this.held = { ...this.held, [name]: moment };
    this.changes.places.add(this[name]);
  }

  private goalChanged(): void {
    const { n, to } = this;
    this.nPlaced = 0;
    for (let slot = 0; slot < n; slot++) if (!Number.isNaN(to[3 * slot])) this.nPlaced++;
    this.outliers = this.hasOutliers ? this.takeInOutliers() : [];
  }

  /** Points that had no place do not glide: they appear where they go to. */
  private appear(): void {
    const { n, from, to } = this;
    for (let i = 0; i < 3 * n; i += 3) {
      if (Number.isNaN(to[i]) || !Number.isNaN(from[i])) continue;
      from.set(to.subarray(i, i + 3), i);
      this.changes.places.add(from);
    }
  }

  /** Find the points outside of [-1, 1]³, and leave none farther off than can be drawn. */
  private takeInOutliers(): number[] {
    const { to, importance } = this;
    const { slotOf } = this.order;
    const outliers: number[] = [];
    for (let rank = 0; rank < this.n; rank++) {
      const slot = slotOf[importance[rank]];
      if (isInside(to, slot) || Number.isNaN(to[3 * slot])) continue;
      outliers.push(slot);
      for (let i = 3 * slot; i < 3 * slot + 3; i++) to[i] = Math.min(Math.max(to[i], -FARTHEST), FARTHEST);
    }
    return outliers;
  }

  /** The places that the points go to, or have at any moment, x, y, z interleaved, outliers left out. Not to be changed. */
  core(): Float32Array {
    if (this.moments !== null && this.moments.count > 1) return this.moments.sample();
    if (this.outliers.length === 0) return this.to;
    return this.to.filter((_, i) => isInside(this.to, Math.floor(i / 3)));
  }

  /** Make the places where the points are now those that they leave. */
  private stopHere(): void {
    if (this.glide >= 1) {
      // The GPU has these numbers already: the arrays change names, and only the new goal has to be sent.
      [this.from, this.to] = [this.to, this.from];
      return;
    }
    const { from, to, glide } = this;
    for (let i = 0; i < from.length; i++) from[i] += (to[i] - from[i]) * glide;
    this.changes.places.add(from);
  }

  /** One coordinate of a point as it is drawn now. */
  at(slot: number, axis: number): number {
    const i = 3 * slot + axis;
    return this.glide >= 1 ? this.to[i] : this.from[i] + (this.to[i] - this.from[i]) * this.glide;
  }

  /** All places as they are drawn now, x, y, z interleaved by slot. Not to be changed. */
  places(): Float32Array {
    const { from, to, glide } = this;
    return glide >= 1 ? to : to.map((goal, i) => from[i] + (goal - from[i]) * glide);
  }

  /** The same by id, as a copy. */
  placesById(): Float32Array {
    const places = this.places();
    const byId = new Float32Array(places.length);
    const { idOf } = this.order;
    for (let slot = 0; slot < this.n; slot++)
      for (let axis = 0; axis < 3; axis++) byId[3 * idOf[slot] + axis] = places[3 * slot + axis];
    return byId;
  }

  /** Where some tokens are going, x, y, z interleaved in the order of `ids`. */
  goalsOf(ids: ArrayLike<number>): Float32Array {
    const goals = new Float32Array(3 * ids.length);
    for (let i = 0; i < ids.length; i++) {
      const slot = this.order.slotOf[ids[i]];
      goals.set(this.to.subarray(3 * slot, 3 * slot + 3), 3 * i);
    }
    return goals;
  }

  /** Write where a point is on the screen; false where it is behind the camera or has no place: nothing is written. */
  project(slot: number, view: View, place: Place): boolean {
    return this.nPlaced > 0 && project(view, this.at(slot, 0), this.at(slot, 1), this.at(slot, 2), place);
  }

  /** Whether a point is drawn at all. */
  isDrawn(slot: number): boolean {
    return this.hasPlace(slot) && (!this.isolated || this.markOf(slot) !== UNMARKED);
  }

  hasPlace(slot: number): boolean {
    return this.nPlaced > 0 && !Number.isNaN(this.at(slot, 0));
  }

  /** The kind of mark, of mark-kinds.ts. */
  markOf(slot: number): number {
    return this.style[4 * slot + MARK];
  }

  /** Whether a point keeps its strength while others fade. */
  standsOut(slot: number): boolean {
    return this.markOf(slot) >= this.fading.outstanding;
  }

  colorOf(slot: number): Rgb {
    const at = 4 * this.style[4 * slot + COLOR];
    return [this.palette[at], this.palette[at + 1], this.palette[at + 2]];
  }

  /** Diameter in CSS pixels at a depth in front of the camera. `isLarge`: as large as marked points. */
  diameterOf(slot: number, sizing: Sizing, depth: number, isLarge: boolean): number {
    return diameter(sizing, depth, this.style[4 * slot + SIZE], isLarge);
  }

  setColors({ codes, palette }: MapColors): void {
    const { n, style } = this;
    const { idOf } = this.order;
    for (let slot = 0; slot < n; slot++) style[4 * slot + COLOR] = codes[idOf[slot]];
    for (let code = 0; code < 256; code++)
      for (let channel = 0; channel < 3; channel++) this.palette[4 * code + channel] = palette[3 * code + channel];
    this.changes.styles = null;
    this.changes.palette = true;
  }

  /** Replace the marks `before` by `marks`. */
  setMarks(marks: Marks, before: Marks): void {
    for (const [, ids] of markedTokens(before)) this.markAll(ids, UNMARKED);
    this.isolated = isIsolated(marks);
    const kinds = this.isolated ? amongSelected(marks) : markedTokens(marks);
    for (const [kind, ids] of kinds) this.markAll(ids, kind);
    const slots: number[] = [];
    for (let slot = 0; slot < this.n; slot++) if (this.markOf(slot) !== UNMARKED) slots.push(slot);
    if (this.isolated) slots.sort((a, b) => this.markOf(a) - this.markOf(b));
    this.marked = Uint32Array.from(slots);
    this.fading = fading(marks);
    const outstanding = slots.filter((slot) => this.standsOut(slot)).length;
    this.nOutstanding = this.isolated && outstanding === slots.length ? 0 : outstanding;
    this.changes.marked = true;
  }

  private markAll(ids: ArrayLike<number>, kind: number): void {
    const { changes, style } = this;
    const { slotOf } = this.order;
    for (let i = 0; i < ids.length; i++) {
      const slot = slotOf[ids[i]];
      style[4 * slot + MARK] = kind;
      changes.styles?.push(slot);
      if (changes.styles !== null && changes.styles.length > MAX_PIECES) changes.styles = null;
    }
  }

  /** How large points are in a view. */
  sizing({ camera, width, height }: View): Sizing {
    const sizes = sizingOf(Math.max(this.total, 1), this.nOutstanding, camera, width, height);
    return this.isolated && this.nOutstanding === 0 ? { ...sizes, marked: sizes.ordinary } : sizes;
  }

  /** How many different points the slots below `first` and the marked points are. */
  countWithMarked(first: number): number {
    return first + this.marked.length - countBelow(this.marked, first);
  }

  /** What changed since the last call. */
  takeChanges(): Changes {
    const { changes } = this;
    this.changes = noChanges();
    return changes;
  }
}

/** Whether a place lies in [-1, 1]³, but for rounding. */
function isInside(places: Float32Array, slot: number): boolean {
  const at = 3 * slot;
  return Math.max(Math.abs(places[at]), Math.abs(places[at + 1]), Math.abs(places[at + 2])) <= 1 + 1e-5;
}

/** What `markedTokens` returns, without tokens that are not selected. */
function amongSelected(marks: Marks): (readonly [number, ArrayLike<number>])[] {
  const selected = new Set(marks.selected);
  return markedTokens(marks)
    .filter(([kind]) => kind >= SELECTED)
    .map(([kind, ids]) => [kind, Array.from(ids).filter((id) => selected.has(id))]);
}

function noChanges(): Changes {
  return { resized: false, places: new Set(), styles: [], marked: false, palette: false };
}

/** How many of the ascending `values` are below `limit`. */
function countBelow(values: Uint32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
