/** The vectors of the moments of a timeline, inside an exported page. */
import { decodeVectors } from "./decode";
import { fromFloat16, VectorTable } from "./vectors";

/** Tables of as many moments are kept ready for questions. */
const KEPT = 3;

export class MomentVectors {
  private readonly tables = new Map<number, Promise<VectorTable>>();
  private readonly bytes = new Map<number, Promise<ArrayBuffer>>();

  /** `type`: of the numbers in the file. `part` reads a part of it. */
  constructor(
    private readonly count: number,
    private readonly n: number,
    private readonly dim: number,
    private readonly type: "f32" | "f16",
    private readonly part: (name: string) => Promise<ArrayBuffer>,
  ) {}

  /** Those of the last moment, of a table alone too, have the name of the table. */
  private read(moment: number): Promise<ArrayBuffer> {
    const name = `${moment === this.count - 1 ? "vectors" : `vectors-${moment}`}.${this.type}`;
    let bytes = this.bytes.get(moment);
    if (bytes === undefined) this.bytes.set(moment, (bytes = this.part(name)));
    return bytes;
  }

  at(moment: number): Promise<VectorTable> {
    let table = this.tables.get(moment);
    if (table === undefined) this.tables.set(moment, (table = this.make(moment)));
    if (this.tables.size > KEPT) this.tables.delete(this.tables.keys().next().value!);
    return table;
  }

  private async make(moment: number): Promise<VectorTable> {
    const values = decodeVectors(await this.read(moment), `vectors.${this.type}`, this.n, this.dim);
    const norms = new Float32Array(this.n);
    const table = new VectorTable(values, this.dim, norms);
    for (let id = 0; id < this.n; id++) norms[id] = lengthOf(table.row(id)) ?? NaN;
    return table;
  }

  /** For each moment the cosine of two tokens, or where the other is null, the length of one; NaN where there is none. */
  async overTime(id: number, other: number | null): Promise<Float32Array> {
    const values = new Float32Array(this.count);
    for (let moment = 0; moment < this.count; moment++) {
      const bytes = await this.read(moment);
      const one = this.row(bytes, id);
      values[moment] = (other === null ? lengthOf(one) : cosine(one, this.row(bytes, other))) ?? NaN;
    }
    return values;
  }

  private row(bytes: ArrayBuffer, id: number): Float32Array {
    const { dim } = this;
    if (this.type === "f32") return new Float32Array(bytes, 4 * id * dim, dim);
    return fromFloat16(new Uint16Array(bytes, 2 * id * dim, dim));
  }
}

/** null: it holds NaN or infinity. */
function lengthOf(row: Float32Array): number | null {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return Number.isFinite(length) ? length : null;
}

/** null: one of the two has no direction. */
function cosine(one: Float32Array, other: Float32Array): number | null {
  const lengths = (lengthOf(one) ?? 0) * (lengthOf(other) ?? 0);
  if (lengths === 0) return null;
  const dot = one.reduce((sum, value, d) => sum + value * other[d], 0);
  return Math.max(-1, Math.min(1, dot / lengths));
}
