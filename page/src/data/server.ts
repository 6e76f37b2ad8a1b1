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
import type { DataSource, Manifest, Neighbor, TextTokens } from "./source";

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
    async clusters(onProgress, signal) {
      let last: Frame | null = null;
      for await (const frame of frames(api("clusters", {}), signal)) {
        checkError(frame.header);
        onProgress(queueLength(frame.header), Number(frame.header.fraction));
        last = frame;
      }
      return decodeClusters(finished(last), n);
    },
    async project(request, onUpdate, signal) {
      const { method, dims, seed, axes } = request;
      const values: Record<string, string> = { method, dims: String(dims), seed: String(seed) };
      if (method === "axes") values.axes = JSON.stringify(axes);
      let last: Frame | null = null;
      for await (const frame of frames(api("project", values), signal)) {
        onUpdate(decodeUpdate(frame, n));
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

async function* frames(url: URL, signal?: AbortSignal): AsyncGenerator<Frame> {
  const answer = await ask(url, signal);
  const reader = new FrameReader();
  for (const stream = answer.body!.getReader(); ;) {
    const { done, value } = await stream.read();
    if (done) break;
    yield* reader.push(value);
  }
  reader.end();
}

async function ask(url: URL, signal?: AbortSignal, body?: string): Promise<Response> {
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
