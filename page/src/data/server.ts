/** The data as `tovec view` serves it, from the same origin. */
import {
  checkError,
  columnName,
  decodeClusters,
  decodeColumn,
  decodeCounts,
  decodeManifest,
  decodeNorms,
  decodeTokens,
  decodeUpdate,
  decodeVector,
  queueLength,
} from "./decode";
import { type Frame, FrameReader } from "./frames";
import type { DataSource, Manifest, Neighbor, ProjectionUpdate, TextTokens } from "./source";

/** Ask the server at `base`, which ends in "/", for its manifest, and return what it serves. */
export async function openServer(base: URL): Promise<DataSource> {
  const manifest = decodeManifest(await bytes(new URL("data/manifest.json", base)));
  return serverSource(base, manifest);
}

function serverSource(base: URL, manifest: Manifest): DataSource {
  const n = manifest.nTokens;
  const data = (name: string) => bytes(new URL(`data/${name}`, base));
  const api = (name: string, values: Readonly<Record<string, string>>) => {
    const url = new URL(`api/${name}`, base);
    url.search = new URLSearchParams(values).toString();
    return url;
  };

  return {
    manifest,
    async tokens() {
      const [text, offsets] = await Promise.all([data("tokens.txt"), data("offsets.u32")]);
      return decodeTokens(text, offsets, n);
    },
    async counts() {
      return manifest.hasCounts ? decodeCounts(await data("counts.f64"), n) : null;
    },
    async norms() {
      return decodeNorms(await data("norms.f32"), n);
    },
    async column(index) {
      const info = manifest.columns[index];
      return decodeColumn(await data(columnName(index, info)), index, info, n);
    },
    async clusters(onWaiting, signal) {
      let last: Frame | null = null;
      for await (const frame of frames(api("clusters", {}), signal)) {
        checkError(frame.header);
        if (queueLength(frame.header) > 0) onWaiting(queueLength(frame.header));
        last = frame;
      }
      return decodeClusters(finished(last), n);
    },
    async project(request, onUpdate, signal) {
      const { method, dims, seed, axes, settings, components, rows } = request;
      const values: Record<string, string> = { method, dims: String(dims), seed: String(seed) };
      if (method === "axes") values.axes = JSON.stringify(axes);
      if (components.length) values.components = components.join();
      for (const [name, value] of Object.entries(settings)) values[name] = String(value);
      const body = rows.length ? idBytes(rows) : undefined;
      let last: Frame | null = null;
      for await (const frame of frames(api("project", values), signal, body)) {
        onUpdate(rows.length ? spread(decodeUpdate(frame, rows.length), rows, n) : decodeUpdate(frame, n));
        last = frame;
      }
      finished(last);
    },
    async vector(id, signal) {
      return decodeVector(await bytes(api("vector", { id: String(id) }), signal), manifest.dim);
    },
    async nearest({ positive, negative, k, metric }, signal) {
      const values = { positive: positive.join(), negative: negative.join(), k: String(k), metric };
      const answer = await json<{ results: Neighbor[] }>(api("nearest", values), signal);
      return answer.results;
    },
    async tokenize(text, signal) {
      return json<TextTokens>(api("tokens", {}), signal, text);
    },
  };
}

/** Ids as the server reads them: uint32, little-endian. */
function idBytes(ids: Uint32Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(4 * ids.length));
  ids.forEach((id, at) => view.setUint32(4 * at, id, true));
  return view.buffer;
}

/** An update about some of `n` tokens as one about all, in which the others have no point. */
function spread(update: ProjectionUpdate, rows: Uint32Array, n: number): ProjectionUpdate {
  const { points, dims } = update;
  if (points === null) return update;
  const all = new Float32Array(n * dims).fill(NaN);
  rows.forEach((id, at) => all.set(points.subarray(dims * at, dims * (at + 1)), dims * id));
  return { ...update, points: all };
}

function finished(last: Frame | null): Frame {
  if (last?.header.stage !== "done") throw new Error("the server stopped before it was done");
  return last;
}

async function bytes(url: URL, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await ask(url, signal)).arrayBuffer();
}

async function json<T>(url: URL, signal?: AbortSignal, body?: string): Promise<T> {
  return (await ask(url, signal, body)).json() as Promise<T>;
}

async function* frames(url: URL, signal?: AbortSignal, body?: ArrayBuffer): AsyncGenerator<Frame> {
  const answer = await ask(url, signal, body);
  const reader = new FrameReader();
  for (const stream = answer.body!.getReader(); ;) {
    const { done, value } = await stream.read();
    if (done) break;
    yield* reader.push(value);
  }
  reader.end();
}

async function ask(url: URL, signal?: AbortSignal, body?: string | ArrayBuffer): Promise<Response> {
  const options: RequestInit = { credentials: "same-origin", signal: signal ?? null };
  if (body !== undefined) Object.assign(options, { method: "POST", body });
  let answer: Response;
  try {
    answer = await fetch(url, options);
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new Error("the server does not answer; is `tovec view` still running?");
  }
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
  return answer;
}
