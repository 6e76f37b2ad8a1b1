/** The data of an exported page, as tovec/server/export.py makes it: what a server would answer is worked out here. */
import { cached } from "./cached";
import {
  columnName,
  decodeClusters,
  decodeColumn,
  decodeCounts,
  decodeManifest,
  decodeNorms,
  decodeOrder,
  decodeTokens,
  decodeUndirected,
  decodeUpdate,
  decodeVectors,
  joinRows,
  orderName,
} from "./decode";
import { type Frame, FrameReader } from "./frames";
import { MomentVectors } from "./moment-vectors";
import { soleScript } from "./scripts";
import type { DataSource, Dims, ProjectionRequest, ProjectionUpdate, TokenAxis } from "./source";
import { type BrowserTokenizer, browserTokenizer } from "./tokenizer";
import { VectorTable } from "./vectors";

/** The parts of the data: bytes by name. */
export interface Parts {
  has(name: string): boolean;
  read(name: string): Promise<ArrayBuffer>;
}

export async function openParts(parts: Parts): Promise<DataSource> {
  const part = (name: string) => parts.read(name);
  const manifest = decodeManifest(await part("manifest.json"));
  const n = manifest.nTokens;

  async function frame(name: string): Promise<Frame> {
    const [only] = new FrameReader().push(new Uint8Array(await part(name)));
    return only;
  }
  const tokens = once(async () => decodeTokens(await part("tokens.txt"), await part("offsets.u32"), n));
  const norms = once(async () => decodeNorms(await part("norms.f32"), n));
  const vectors = once(async () => {
    const name = parts.has("vectors.f32") ? "vectors.f32" : "vectors.f16";
    const values = decodeVectors(await part(name), name, n, manifest.dim);
    return new VectorTable(values, manifest.dim, await norms());
  });
  const nMoments = manifest.timeline?.moments.length ?? 1;
  const earlier = new MomentVectors(nMoments, n, manifest.dim, parts.has("vectors.f32") ? "f32" : "f16", part);
  const vectorsAt = (moment = nMoments - 1) => (moment === nMoments - 1 ? vectors() : earlier.at(moment));
  const tokenizer = once(async (): Promise<BrowserTokenizer> => {
    const json = new TextDecoder().decode(await part("tokenizer.json"));
    return browserTokenizer(json, n, manifest.tokenizer?.unknown ?? null);
  });

  return {
    manifest,
    // What is in a file is not in training.
    reread: async () => {},
    live: async () => {},
    watch: () => () => {},
    tokens,
    norms,
    counts: async () => (manifest.hasCounts ? decodeCounts(await part("counts.f64"), n) : null),
    importance: async (lang) => decodeOrder(await part(orderName(manifest, lang)), n),
    undirected: async () => decodeUndirected(await part("undirected.json")),
    column: cached(async (index: number) => {
      const info = manifest.columns[index];
      return decodeColumn(await part(columnName(index, info)), index, info, n);
    }),
    clusters: async () => decodeClusters(await frame("clusters.frame"), n),
    async project(request, onUpdate) {
      const { method, dims } = request;
      const name = `project-${method}-${dims}.frame`;
      if (method === "axes") onUpdate(await alongAxes(request, await vectors(), await tokens()));
      else if (method === "none" && !parts.has(name)) onUpdate(firstAxes(dims, await vectors()));
      else onUpdate(decodeUpdate(await frame(name), n));
    },
    vector: async (id, _, moment) => (await vectorsAt(moment)).row(id).slice(),
    async vectors(ids) {
      const table = await vectors();
      return joinRows(
        Array.from(ids, (id) => table.row(id)),
        ids.length,
        manifest.dim,
      );
    },
    async nearest(request) {
      const { script, moment } = request;
      const table = await vectorsAt(moment);
      if (script === undefined) return table.nearest(request);
      const [names, special] = [await tokens(), new Set(manifest.special)];
      return table.nearest(request, (id) => !special.has(id) && soleScript(names.token(id)) === script);
    },
    similarities: async (id, _, moment) => (await vectorsAt(moment)).similarities(id),
    overTime: (id, other) => earlier.overTime(id, other),
    tokenize: async (text) => ({ pieces: (await tokenizer())(text), end: text.length }),
    predict: needsServer,
    trainingStep: needsServer,
    inTwoTexts: needsServer,
    independentAxes: explainsNothing,
    why: explainsNothing,
    evidence: explainsNothing,
  };
}

async function needsServer(): Promise<never> {
  throw new Error("a language model is asked in `tovec view` only, not in a file");
}

async function explainsNothing(): Promise<never> {
  throw new Error("why two tokens are near is computed in `tovec view` only, not in a file");
}

async function alongAxes(
  { axes, dims }: ProjectionRequest,
  vectors: VectorTable,
  tokens: { token(id: number): string },
): Promise<ProjectionUpdate> {
  const names = (ids: readonly number[]) => ids.map((id) => tokens.token(id)).join(" ");
  const name = ({ from, to }: TokenAxis) => `${names(from)} → ${names(to)}`;
  const between = axes.slice(0, dims).filter((axis) => "from" in axis);
  if (between.length < dims) return explainsNothing();
  return finished(vectors.projectOnAxes(between), dims, between.map(name));
}

/** The first dimensions as they are. */
function firstAxes(dims: Dims, vectors: VectorTable): ProjectionUpdate {
  const points = new Float32Array(vectors.n * dims);
  for (let id = 0; id < vectors.n; id++) points.set(vectors.row(id).subarray(0, dims), id * dims);
  return finished(points, dims, ["dimension 1", "dimension 2", "dimension 3"].slice(0, dims));
}

function finished(points: Float32Array, dims: Dims, axisNames: readonly string[]): ProjectionUpdate {
  return {
    stage: "done",
    before: 0,
    overall: 1,
    leftS: null,
    recall: null,
    points,
    dims,
    axisNames,
    explained: null,
    trust: null,
    moments: 1,
    jitter: null,
    rotated: false,
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}
