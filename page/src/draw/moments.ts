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
    this.writeWhole(before, ids, places);
    if (moment === before) return;
    const after = new Float32Array(places.length);
    this.writeWhole(before + 1, ids, after);
    const part = moment - before;
    for (let i = 0; i < places.length; i++) places[i] += (after[i] - places[i]) * part;
  }

  private writeWhole(moment: number, ids: Uint32Array, places: Float32Array): void {
    const { points, dims, n } = this;
    const { scale, shift } = this.fitting;
    const [x, y, z] = shift;
    const first = moment * n * dims;
    for (let i = 0, to = 0; i < ids.length; i++, to += 3) {
      const at = first + dims * ids[i];
      places[to] = points[at] * scale + x;
      places[to + 1] = points[at + 1] * scale + y;
      places[to + 2] = dims === 3 ? points[at + 2] * scale + z : 0;
    }
  }

  /** Where one token is at a whole moment. */
  place(moment: number, id: number): Vector {
    const place = new Float32Array(3);
    this.writeWhole(moment, Uint32Array.of(id), place);
    return [place[0], place[1], place[2]];
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
