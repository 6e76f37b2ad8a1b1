/** The data as `tovec view` serves it, from the same origin, or a kernel to a notebook. */
import { cached } from "./cached";
import { ConnectionWatch, Unreachable } from "./connection";
import {
  checkError,
  columnName,
  decodeClusters,
  decodeColumn,
  decodeCounts,
  decodeLive,
  decodeManifest,
  decodeNorms,
  decodeOrder,
  decodeOverTime,
  decodeSimilarities,
  decodeTokens,
  decodeUndirected,
  decodeUpdate,
  decodeVector,
  joinRows,
  orderName,
  queueLength,
} from "./decode";
import { type Frame, FrameReader } from "./frames";
import type { InTwoTexts, Prediction, TrainingStep } from "./language-model";
import type { Connection, DataSource, Manifest, Neighbor, ProjectionUpdate, TextTokens, Training } from "./source";
import type { Evidence, IndependentAxes, OnProgress, Why } from "./why";

const MANIFEST = "data/manifest.json";
/** The status of an answer to someone without the key. */
const NO_KEY = 403;
/** So long a busy server may take to say that it is there. */
const ALIVE_TIMEOUT_MS = 10_000;

/** How questions get to who answers them. */
export interface Way {
  readonly fetch: (url: URL, options: RequestInit) => Promise<Response>;
  /** What it means that nobody answers, and one line about it. */
  readonly silence: Exclude<Connection, "open">;
  readonly text: string;
}

const NETWORK: Way = {
  fetch: (url, options) => fetch(url, options),
  silence: "lost",
  text: "the server does not answer; is `tovec view` still running?",
};

/** Ask the server at `base`, which ends in "/", for its manifest, and return what it serves. */
export async function openServer(base: URL, way: Way = NETWORK): Promise<DataSource> {
  return serverSource(base, way, decodeManifest(await asking(way).bytes(new URL(MANIFEST, base))));
}

function serverSource(base: URL, way: Way, first: Manifest): DataSource {
  const { bytes, json, frames } = asking(way);
  let manifest = first;
  const n = manifest.nTokens;
  const connection = new ConnectionWatch(async () => {
    const { server } = await json<{ server: string }>(api("alive", {}), AbortSignal.timeout(ALIVE_TIMEOUT_MS));
    return server;
  });
  const data = (name: string) => connection.patiently(() => bytes(new URL(`data/${name}`, base)));
  const api = (name: string, values: Readonly<Record<string, string>>) => {
    const url = new URL(`api/${name}`, base);
    url.search = new URLSearchParams(values).toString();
    return url;
  };

  return {
    get manifest() {
      return manifest;
    },
    async reread() {
      manifest = decodeManifest(await connection.patiently(() => bytes(new URL(MANIFEST, base))));
    },
    async live(dims, onUpdate, signal) {
      let losses: Training["losses"] = [];
      const read = (frame: Frame) => {
        const update = decodeLive(frame, n, losses);
        ({ losses } = update.training);
        onUpdate(update);
      };
      const isLast = ({ header }: Frame) => header.state !== "training";
      await stream(api("live", { dims: String(dims) }), signal, read, { start: () => (losses = []), isLast });
    },
    watch: (listener) => connection.watch(listener),
    async tokens() {
      const [text, offsets] = await Promise.all([data("tokens.txt"), data("offsets.u32")]);
      return decodeTokens(text, offsets, n);
    },
    async counts() {
      return manifest.hasCounts ? decodeCounts(await data("counts.f64"), n) : null;
    },
    async importance(lang) {
      return decodeOrder(await data(orderName(manifest, lang)), n);
    },
    async norms() {
      return decodeNorms(await data("norms.f32"), n);
    },
    undirected: async () => decodeUndirected(await data("undirected.json")),
    column: cached(async (index: number) => {
      const info = manifest.columns[index];
      return decodeColumn(await data(columnName(index, info)), index, info, n);
    }),
    async clusters(onProgress, signal) {
      const last = await stream(api("clusters", {}), signal, ({ header }) => {
        checkError(header);
        onProgress(queueLength(header), Number(header.fraction));
      });
      return decodeClusters(last, n);
    },
    async project(request, onUpdate, signal) {
      const { method, dims, seed, axes, settings, components, rows, directions, axesOf } = request;
      const values: Record<string, string> = { method, dims: String(dims), seed: String(seed) };
      if (method === "axes") values.axes = JSON.stringify(axes);
      if (components.length) values.components = components.join();
      for (const [name, value] of Object.entries(settings)) values[name] = String(value);
      if (directions === false) values.directions = "0";
      if (axesOf === "first") values.axesOf = axesOf;
      const alone = rows.length > 0;
      const read = (frame: Frame) =>
        onUpdate(alone ? spread(decodeUpdate(frame, rows.length), rows, n) : decodeUpdate(frame, n));
      await stream(api("project", values), signal, read, alone ? { body: Uint32Array.from(rows) } : {});
    },
    async vector(id, signal, moment) {
      const question = () => bytes(api("vector", { id: String(id), ...at(moment) }), signal);
      return decodeVector(await connection.patiently(question, signal), manifest.dim);
    },
    async vectors(ids, onRows, signal) {
      let parts: Float32Array[] = [];
      let nArrived = 0;
      const start = () => {
        parts = [];
        nArrived = 0;
      };
      const read = ({ header, payload }: Frame) => {
        checkError(header);
        parts.push(new Float32Array(payload.buffer));
        nArrived += payload.byteLength / (4 * manifest.dim);
        onRows(nArrived);
      };
      await stream(api("vectors", {}), signal, read, { body: Uint32Array.from(ids), start });
      return joinRows(parts, ids.length, manifest.dim);
    },
    async nearest({ positive, negative, k, metric, moment, script }, signal) {
      const ids = { positive: positive.join(), negative: negative.join() };
      const values = { ...ids, k: String(k), metric, ...at(moment), ...(script && { script }) };
      const question = () => json<{ results: Neighbor[] }>(api("nearest", values), signal);
      return (await connection.patiently(question, signal)).results;
    },
    async similarities(id, signal, moment) {
      return decodeSimilarities(await bytes(api("similarities", { id: String(id), ...at(moment) }), signal), n);
    },
    async overTime(id, other, signal) {
      const values = { a: String(id), ...(other !== null && { b: String(other) }) };
      const question = () => bytes(api("over-time", values), signal);
      return decodeOverTime(await connection.patiently(question, signal), manifest.timeline!.moments.length);
    },
    async tokenize(text, signal) {
      return connection.patiently(() => json<TextTokens>(api("tokens", {}), signal, text), signal);
    },
    independentAxes: (onProgress, signal) => explained<IndependentAxes>("axes", {}, onProgress, signal),
    why: (a, b, onProgress, signal) => explained<Why>("why", { a: String(a), b: String(b) }, onProgress, signal),
    evidence: (a, b, onProgress, signal) =>
      explained<Evidence>("evidence", { a: String(a), b: String(b) }, onProgress, signal),
    async predict(text, k, signal) {
      const question = () => json<Prediction>(api("predict", { k: String(k) }), signal, text);
      return connection.patiently(question, signal);
    },
    async trainingStep(text, signal) {
      return connection.patiently(() => json<TrainingStep>(api("lesson-step", {}), signal, text), signal);
    },
    async inTwoTexts(a, b, id, signal) {
      const values = { a, b, token: String(id) };
      return connection.patiently(() => json<InTwoTexts>(api("context", values), signal), signal);
    },
  };

  /** The answer that is in the header of the last frame. */
  async function explained<T>(
    name: string,
    values: Readonly<Record<string, string>>,
    onProgress: OnProgress,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const last = await stream(api(name, values), signal, ({ header }) => {
      checkError(header);
      onProgress(queueLength(header), Number(header.fraction));
    });
    return last.header as T;
  }

  /** Read all frames and return the last. A stream that breaks off is read again, after a call of `start`. */
  function stream(
    url: URL,
    signal: AbortSignal | undefined,
    read: (frame: Frame) => void,
    { body, start = () => {}, isLast = isDone }: Reading = {},
  ): Promise<Frame> {
    return connection.patiently(async () => {
      start();
      let last: Frame | null = null;
      for await (const frame of frames(url, signal, body)) {
        read(frame);
        last = frame;
      }
      if (last === null || !isLast(last)) throw new Unreachable("lost", "the server stopped before it was done");
      return last;
    }, signal);
  }
}

/** How to read a stream of frames; without a body it is asked for with GET. */
interface Reading {
  readonly body?: BodyInit;
  readonly start?: () => void;
  readonly isLast?: (frame: Frame) => boolean;
}

function isDone({ header }: Frame): boolean {
  return header.stage === "done";
}

function at(moment: number | undefined): Readonly<Record<string, string>> {
  return moment === undefined ? {} : { moment: String(moment) };
}

/** An update about some of `n` tokens as one about all, in which the others have no point. */
function spread(update: ProjectionUpdate, rows: Uint32Array, n: number): ProjectionUpdate {
  const { points, dims, moments } = update;
  if (points === null) return update;
  const all = new Float32Array(moments * n * dims).fill(NaN);
  for (let moment = 0; moment < moments; moment++)
    rows.forEach((id, row) => {
      const from = dims * (moment * rows.length + row);
      all.set(points.subarray(from, from + dims), dims * (moment * n + id));
    });
  return { ...update, points: all };
}

/** What asks questions that way. */
function asking(way: Way) {
  return { bytes, json, frames };

  async function bytes(url: URL, signal?: AbortSignal): Promise<ArrayBuffer> {
    const answer = await ask(url, signal);
    return unlessGone(() => answer.arrayBuffer());
  }

  async function json<T>(url: URL, signal?: AbortSignal, body?: BodyInit): Promise<T> {
    const answer = await ask(url, signal, body);
    return JSON.parse(await unlessGone(() => answer.text())) as T;
  }

  async function* frames(url: URL, signal?: AbortSignal, body?: BodyInit): AsyncGenerator<Frame> {
    const answer = await ask(url, signal, body);
    const reader = new FrameReader();
    for (const stream = answer.body!.getReader(); ;) {
      const { done, value } = await unlessGone(() => stream.read());
      if (done) break;
      yield* reader.push(value);
    }
    reader.end();
  }

  async function ask(url: URL, signal?: AbortSignal, body?: BodyInit): Promise<Response> {
    const options: RequestInit = { credentials: "same-origin", signal: signal ?? null };
    if (body !== undefined) Object.assign(options, { method: "POST", body });
    const answer = await unlessGone(() => way.fetch(url, options));
    if (answer.ok) return answer;
    const line = (await answer.text()).trim() || `the server answered ${answer.status}`;
    throw answer.status === NO_KEY ? new Unreachable("refused", line) : new Error(line);
  }

  /** What `read` resolves to; Unreachable where the connection failed. */
  async function unlessGone<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if ((error as Error).name === "AbortError") throw error;
      throw new Unreachable(way.silence, way.text);
    }
  }
}
