/**
 * What Python computes for a served page, for a page without a server: exact neighbors, and coordinates along axes.
 * In float64, as there.
 */
import type { NearestRequest, Neighbor, TokenAxis } from "./source";

/** The value of each pattern of 16 bits. */
const FLOAT16 = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});

export class VectorTable {
  /** Numbers of the row that was read last, of a table of float16. */
  private readonly decoded: Float32Array;

  /** `values`: n × dim, row-major; Uint16Array: float16, decoded row by row, since they fill memory. */
  constructor(
    readonly values: Float32Array | Uint16Array,
    readonly dim: number,
    readonly norms: Float32Array,
  ) {
    this.decoded = new Float32Array(values instanceof Uint16Array ? dim : 0);
  }

  get n(): number {
    return this.norms.length;
  }

  row(id: number): Float32Array {
    return this.values instanceof Uint16Array ? this.read(id).slice() : this.read(id);
  }

  /** The row, until the next one is read. */
  private read(id: number): Float32Array {
    const [start, end] = [id * this.dim, (id + 1) * this.dim];
    if (this.values instanceof Float32Array) return this.values.subarray(start, end);
    for (let at = start; at < end; at++) this.decoded[at - start] = FLOAT16[this.values[at]];
    return this.decoded;
  }

  /** The k nearest to the sum of unit vectors (3CosAdd; Levy and Goldberg 2014), the tokens of the question left out. */
  nearest(
    { positive, negative, k, metric }: NearestRequest,
    mayBeFound: (id: number) => boolean = () => true,
  ): Neighbor[] {
    const alone = positive.length === 1 && negative.length === 0;
    const query = alone ? Float64Array.from(this.row(positive[0])) : this.sum(positive, negative);
    const scores = metric === "cosine" ? this.directedCosines(query) : this.negativeDistances(query);
    const asked = new Set([...positive, ...negative]);
    return best(scores, k, (id) => asked.has(id) || !mayBeFound(id));
  }

  /** The cosine of every row with one; NaN where one of the two has no direction. */
  similarities(id: number): Float32Array {
    const cosines = Float32Array.from(this.cosines(Float64Array.from(this.row(id))));
    const isDirected = (row: number) => this.norms[row] > 0;
    return isDirected(id) ? cosines.map((value, row) => (isDirected(row) ? value : NaN)) : cosines.fill(NaN);
  }

  /**
   * The cosine of every row with the direction of each axis, the mean of unit vectors minus that of others, as
   * in tovec/projection/axes.py; interleaved, one number an axis; NaN for rows that hold NaN or infinity.
   */
  projectOnAxes(axes: readonly TokenAxis[]): Float32Array {
    const points = new Float32Array(this.n * axes.length);
    axes.forEach(({ from, to }, axis) => {
      const start = this.sum(from, []);
      const change = this.sum(to, []).map((value, d) => value / to.length - start[d] / from.length);
      if (Math.hypot(...change) < 1e-6) throw new Error("an axis has no direction: its two ends are the same");
      const cosines = this.cosines(change);
      for (let id = 0; id < this.n; id++)
        points[id * axes.length + axis] = Number.isNaN(this.norms[id]) ? NaN : cosines[id];
    });
    return points;
  }

  private sum(positive: readonly number[], negative: readonly number[]): Float64Array {
    const total = new Float64Array(this.dim);
    const add = (id: number, sign: number) => {
      const row = unit(Float64Array.from(this.row(id)));
      for (let d = 0; d < this.dim; d++) total[d] += sign * row[d];
    };
    for (const id of positive) add(id, 1);
    for (const id of negative) add(id, -1);
    return total;
  }

  private cosines(query: Float64Array): Float64Array {
    const direction = unit(query);
    const scores = new Float64Array(this.n);
    for (let id = 0; id < this.n; id++) {
      const row = this.read(id);
      let dot = 0;
      let square = 0;
      for (let d = 0; d < this.dim; d++) {
        const value = row[d];
        dot += value * direction[d];
        square += value * value;
      }
      const score = dot / Math.sqrt(square);
      scores[id] = Number.isFinite(score) ? Math.max(-1, Math.min(1, score)) : 0;
    }
    return scores;
  }

  /** −∞ for a row without direction. */
  private directedCosines(query: Float64Array): Float64Array {
    return this.cosines(query).map((value, id) => (this.norms[id] > 0 ? value : -Infinity));
  }

  /** Minus the distance. */
  private negativeDistances(query: Float64Array): Float64Array {
    const scores = new Float64Array(this.n);
    for (let id = 0; id < this.n; id++) {
      const row = this.read(id);
      let square = 0;
      for (let d = 0; d < this.dim; d++) square += (row[d] - query[d]) ** 2;
      scores[id] = Number.isFinite(square) ? -Math.sqrt(square) : -Infinity;
    }
    return scores;
  }
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector);
  return length > 0 && Number.isFinite(length)
    ? vector.map((value) => value / length)
    : new Float64Array(vector.length);
}

/** The k largest that are finite, ties in the order of ids. */
function best(scores: Float64Array, k: number, isExcluded: (id: number) => boolean): Neighbor[] {
  const found: Neighbor[] = [];
  for (let id = 0; id < scores.length; id++) {
    if (found.length === k && scores[id] <= found[k - 1].score) continue;
    if (scores[id] === -Infinity || isExcluded(id)) continue;
    let at = found.length;
    while (at > 0 && found[at - 1].score < scores[id]) at--;
    found.splice(at, 0, { id, score: scores[id] });
    if (found.length > k) found.pop();
  }
  return found;
}

/** float16 (IEEE 754 binary16) to float32. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (bits) => FLOAT16[bits]);
}
