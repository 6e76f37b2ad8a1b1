/**
 * The only reader of the bytes that tovec/server/page_data.py writes; the layout stated here is stated there as well.
 * Every length is checked, so a truncated file is an error.
 *
 * All numbers are little-endian, tables row by row. n: the number of tokens; i: the number of a column of metadata;
 * m: the number of moments of a timeline, else 1. Without a word on moments, a part is of the last moment.
 *
 *   manifest.json         JSON, `Manifest` of source.ts
 *   tokens.txt            all tokens one after another, UTF-8
 *   offsets.u32           (n + 1) × uint32: where each token starts and the last one ends, in UTF-16 units
 *   counts.f64            n × float64
 *   order.u32             n × uint32: all ids, those of most use to a reader first; without counts it depends on the
 *                         reader's language: order-en.u32, order-ko.u32
 *   norms.f32             n × float32, the length of each vector, NaN where it holds NaN or infinity; similarities
 *                         are alike
 *   undirected.json       JSON, `UndirectedRows[]` of source.ts
 *   column-i.u16          n × uint16, codes of a category
 *   column-i.f32          n × float32, numbers
 *   vectors.f32, .f16     n × dim × float32 or float16; a single vector is a row of float32, and those
 *                         of a selection come as frames of some rows each, in the order of their ids
 *   vectors-j.f32, .f16   the same of moment j, 0 … m - 2, in the file of a timeline whose manifest says `hasVectors`
 *   project-….frame       a frame; a server sends several, one after another
 *   clusters.frame        the same
 *
 * A frame is
 *
 *   uint32                length of the header in bytes
 *   uint32                length of the payload in bytes
 *   header                JSON
 *   payload               of a projection: moments × n × dims × float32, x, y(, z) of each token, moment by moment;
 *                         empty if none moved. `moments` of the header: 1 until all are known, and then that of the
 *                         last moment, else m. In the file of a timeline the header has `quantized`,
 *                         {"middle": [x, y(, z)], "step": [x, y(, z)]}, and numbers are int16 q: a coordinate is
 *                         middle + step × q, and -32768 is NaN
 *                         of clusters: n × uint8, the cluster of each token, 255 for none
 *                         of a table in training: n × dims × float32; empty if the points are those sent before.
 *                         `losses` of the header: those since the frame before, [[progress, loss], …]
 */
import type { Frame } from "./frames";
import type {
  Clusters,
  Column,
  ColumnInfo,
  Dims,
  LiveState,
  LiveUpdate,
  Manifest,
  ProjectionUpdate,
  Training,
  Trust,
  UndirectedRows,
} from "./source";
import { TokenTable } from "./tokens";

type Bytes = ArrayBuffer;

export function decodeManifest(bytes: Bytes): Manifest {
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  const version: number = manifest.version;
  if (version !== 1) throw new Error(`this page reads data of version 1, not ${version}`);
  return manifest;
}

export function decodeTokens(text: Bytes, offsets: Bytes, nTokens: number): TokenTable {
  checkLength("offsets.u32", offsets, nTokens + 1, 4);
  const all = new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
  const starts = new Uint32Array(offsets);
  if (starts[nTokens] !== all.length)
    throw new Error(`tokens.txt has ${all.length} UTF-16 units; its offsets end at ${starts[nTokens]}`);
  return new TokenTable(all, starts);
}

export function decodeCounts(bytes: Bytes, nTokens: number): Float64Array {
  checkLength("counts.f64", bytes, nTokens, 8);
  return new Float64Array(bytes);
}

export function decodeOrder(bytes: Bytes, nTokens: number): Uint32Array {
  checkLength("the order", bytes, nTokens, 4);
  return new Uint32Array(bytes);
}

/** The name of the order of importance; languages differ only where nothing is counted. */
export function orderName({ hasCounts }: Manifest, lang: string): string {
  return hasCounts ? "order.u32" : `order-${lang}.u32`;
}

export function decodeNorms(bytes: Bytes, nTokens: number): Float32Array {
  checkLength("norms.f32", bytes, nTokens, 4);
  return new Float32Array(bytes);
}

export function decodeSimilarities(bytes: Bytes, nTokens: number): Float32Array {
  checkLength("the similarities", bytes, nTokens, 4);
  return new Float32Array(bytes);
}

export function decodeUndirected(bytes: Bytes): UndirectedRows[] {
  return JSON.parse(new TextDecoder().decode(bytes)) as UndirectedRows[];
}

export function columnName(index: number, info: ColumnInfo): string {
  return `column-${index}.${info.kind === "category" ? "u16" : "f32"}`;
}

export function decodeColumn(bytes: Bytes, index: number, info: ColumnInfo, nTokens: number): Column {
  checkLength(columnName(index, info), bytes, nTokens, info.kind === "category" ? 2 : 4);
  return { info, values: info.kind === "category" ? new Uint16Array(bytes) : new Float32Array(bytes) };
}

/** float16 stays as it is, Uint16Array. */
export function decodeVectors(
  bytes: Bytes,
  name: "vectors.f32" | "vectors.f16",
  n: number,
  dim: number,
): Float32Array | Uint16Array {
  const isWide = name === "vectors.f32";
  checkLength(name, bytes, n * dim, isWide ? 4 : 2);
  return isWide ? new Float32Array(bytes) : new Uint16Array(bytes);
}

export function decodeOverTime(bytes: Bytes, nMoments: number): Float32Array {
  checkLength("the values over time", bytes, nMoments, 4);
  return new Float32Array(bytes);
}

export function decodeVector(bytes: Bytes, dim: number): Float32Array {
  checkLength("the vector", bytes, dim, 4);
  return new Float32Array(bytes);
}

/** Rows one after another, given in `parts` of some rows each. */
export function joinRows(parts: readonly Float32Array[], n: number, dim: number): Float32Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size !== n * dim) throw new Error(`the vectors have ${size} numbers, not ${n * dim}`);
  const rows = new Float32Array(size);
  let at = 0;
  for (const part of parts) {
    rows.set(part, at);
    at += part.length;
  }
  return rows;
}

export function decodeUpdate({ header, payload }: Frame, nTokens: number): ProjectionUpdate {
  checkError(header);
  const dims = header.dims as Dims;
  const moments = (header.moments as number | undefined) ?? 1;
  const quantized = header.quantized as Quantized | undefined;
  if (payload.byteLength) checkLength("the projection", payload.buffer, moments * nTokens * dims, quantized ? 2 : 4);
  return {
    stage: String(header.stage),
    before: queueLength(header),
    overall: Number(header.overall),
    leftS: (header.leftS as number | null | undefined) ?? null,
    points: payload.byteLength ? pointsOf(payload.buffer, quantized) : null,
    moments,
    dims,
    axisNames: (header.axisNames as string[] | undefined) ?? [],
    explained: (header.explained as number[] | null | undefined) ?? null,
    trust: (header.trust as Trust | null | undefined) ?? null,
    recall: (header.recall as number | null | undefined) ?? null,
    jitter: (header.jitter as number | null | undefined) ?? null,
    rotated: header.rotated === true,
  };
}

/** For each axis: a coordinate is the middle plus so many steps. */
interface Quantized {
  readonly middle: readonly number[];
  readonly step: readonly number[];
}

/** This many steps stand for no place. */
const NO_PLACE = -32768;

function pointsOf(bytes: Bytes, quantized: Quantized | undefined): Float32Array {
  if (quantized === undefined) return new Float32Array(bytes);
  const { middle, step } = quantized;
  const points = new Float32Array(bytes.byteLength / 2);
  new Int16Array(bytes).forEach((steps, i) => {
    const axis = i % middle.length;
    points[i] = steps === NO_PLACE ? NaN : middle[axis] + step[axis] * steps;
  });
  return points;
}

export function decodeClusters({ header, payload }: Frame, nTokens: number): Clusters {
  checkError(header);
  checkLength("the clusters", payload.buffer, nTokens, 1);
  return { codes: payload, typical: header.typical as number[][] };
}

/** `before`: the losses of the frames before. */
export function decodeLive({ header, payload }: Frame, nTokens: number, before: Training["losses"]): LiveUpdate {
  checkError(header);
  const dims = header.dims as Dims;
  if (payload.byteLength) checkLength("the picture", payload.buffer, nTokens * dims, 4);
  const number = (name: string) => (header[name] as number | null | undefined) ?? null;
  return {
    training: {
      state: header.state as LiveState,
      progress: Number(header.progress),
      total: Number(header.total),
      epoch: Number(header.epoch),
      epochs: Number(header.epochs),
      loss: number("loss"),
      validationLoss: number("validationLoss"),
      wordsPerS: Number(header.wordsPerS),
      leftS: number("leftS"),
      losses: [...before, ...(header.losses as Training["losses"])],
      message: String(header.message),
    },
    points: payload.byteLength ? new Float32Array(payload.buffer) : null,
    dims,
  };
}

/** How many computations are ahead of this one in the queue. */
export function queueLength(header: Frame["header"]): number {
  return header.stage === "waiting" ? Number(header.before) : 0;
}

/** Throw the error that a frame reports, if any. */
export function checkError(header: Frame["header"]): void {
  if (typeof header.error === "string") throw new Error(header.error);
}

function checkLength(name: string, bytes: Bytes, n: number, size: number): void {
  if (bytes.byteLength !== n * size) throw new Error(`${name} has ${bytes.byteLength} bytes, not ${n * size}`);
}
