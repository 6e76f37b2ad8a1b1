/** The points of a timeline, moment by moment, as the map draws them: one fitting for all, so that only points move. */
import type { Dims } from "../data/source";
import type { Vector } from "../state/camera";
import type { Fitting } from "./fitting";

/** So many places are a fair sample of where all points ever are. */
const SAMPLE = 50_000;

export class Moments {
  /** How many there are; a picture without a timeline is one. */
  readonly count: number;

  /** `points`: of `n` tokens, as setPoints of map.ts takes them. */
  constructor(
    private readonly points: Float32Array,
    private readonly dims: Dims,
    private readonly fitting: Fitting,
    private readonly n: number,
  ) {
    this.count = n === 0 ? 1 : points.length / (n * dims);
  }

  /**
   * Write where tokens are at a moment, x, y, z interleaved in the order of `ids`; between two moments they are on the
   * straight way from one place to the other. NaN: no place.
   */
  write(moment: number, ids: Uint32Array, places: Float32Array): void {
    const before = Math.floor(moment);
    this.writeSome(before, ids, places, 0, ids.length);
    if (moment === before) return;
    const after = new Float32Array(places.length);
    this.writeSome(before + 1, ids, after, 0, ids.length);
    const part = moment - before;
    for (let i = 0; i < places.length; i++) places[i] += (after[i] - places[i]) * part;
  }

  /** The same at a whole moment, of the tokens from one index of `ids` to before another. */
  writeSome(moment: number, ids: Uint32Array, places: Float32Array, from: number, to: number): void {
    const { points, dims, n } = this;
    const { scale, shift } = this.fitting;
    const [x, y, z] = shift;
    const first = moment * n * dims;
    for (let i = from; i < to; i++) {
      const at = first + dims * ids[i];
      places[3 * i] = points[at] * scale + x;
      places[3 * i + 1] = points[at + 1] * scale + y;
      places[3 * i + 2] = dims === 3 ? points[at + 2] * scale + z : 0;
    }
  }

  /** Where one token is at a whole moment. */
  place(moment: number, id: number): Vector {
    const { points, dims, n } = this;
    const { scale, shift } = this.fitting;
    const at = dims * (moment * n + id);
    const along = (axis: number) => points[at + axis] * scale + shift[axis];
    return [along(0), along(1), dims === 3 ? along(2) : 0];
  }

  /** Places of all moments, x, y, z interleaved, outliers left out. */
  sample(): Float32Array {
    const { points, dims } = this;
    const { scale, shift, low, high } = this.fitting;
    const total = points.length / dims;
    const step = Math.max(1, Math.floor(total / SAMPLE));
    const places: number[] = [];
    for (let row = 0; row < total; row += step) {
      const place = [0, 0, 0];
      for (let axis = 0; axis < dims; axis++) place[axis] = points[dims * row + axis] * scale + shift[axis];
      if (place.every((at, axis) => at >= low[axis] - 1e-5 && at <= high[axis] + 1e-5)) places.push(...place);
    }
    return Float32Array.from(places);
  }
}

/** Tokens that are written in one frame. */
const PIECE = 16_384;

/** Writes the places at a moment piece by piece before they are needed, so that no frame has to wait for all. */
export class PlacesAhead {
  private moment: number | null = null;
  private nDone = 0;
  private readonly places: Float32Array;

  constructor(
    private readonly moments: Moments,
    private readonly ids: Uint32Array,
  ) {
    this.places = new Float32Array(3 * ids.length);
  }

  /** Write some more of a moment that may be needed; nothing for one that there is not. */
  advance(moment: number): void {
    const { moments, ids, places } = this;
    if (moment < 0 || moment >= moments.count) return;
    if (moment !== this.moment) this.nDone = 0;
    this.moment = moment;
    const end = Math.min(this.nDone + PIECE, ids.length);
    moments.writeSome(moment, ids, places, this.nDone, end);
    this.nDone = end;
  }

  /** Copy all places at a moment, or write them where they are not ready. */
  take(moment: number, places: Float32Array): void {
    const isReady = moment === this.moment && this.nDone === this.ids.length;
    if (isReady) places.set(this.places);
    else this.moments.write(moment, this.ids, places);
  }
}
