/**
 * The data beside an exported page, as tovec/server/site.py writes it: each part is one file, or, where it is large,
 * several. A part is fetched when it is needed; of the vectors and neighbors of one token only their bytes, where the
 * server can send a range of a file.
 */
import { decodeVector } from "./decode";
import { openParts } from "./parts";
import type { DataSource, Neighbor } from "./source";
import { fromFloat16 } from "./vectors";

/** The files of each part: their sizes in bytes. A part of one file has its name, else they end in .0, .1, … */
type Sizes = Readonly<Record<string, readonly number[]>>;

/** Where the data of `document` lie, relative to it; null if they lie in it, or a server answers. */
export function siteFolder(document: Document): string | null {
  return document.querySelector('meta[name="tovec-data"]')?.getAttribute("content") ?? null;
}

/** Open the data in the folder `base`, which ends in "/". */
export async function openSite(base: URL): Promise<DataSource> {
  if (base.protocol === "file:")
    throw new Error("this folder is for a server: run `python -m http.server` in it, and open http://localhost:8000");
  const sizes = JSON.parse(new TextDecoder().decode(await fetched(new URL("parts.json", base)))) as Sizes;
  const files = new Files(base, sizes);
  const all = await openParts({ has: (name) => name in sizes, read: (name) => files.read(name) });
  const { manifest } = all;
  const last = (manifest.timeline?.moments.length ?? 1) - 1;
  const width = sizes["vectors.f16"] ? 2 : 4;
  const stored = manifest.neighbors ?? 0;

  async function row(id: number): Promise<Float32Array> {
    const bytes = await files.row(`vectors.f${8 * width}`, id, width * manifest.dim);
    return width === 2 ? fromFloat16(new Uint16Array(bytes)) : decodeVector(bytes, manifest.dim);
  }

  async function neighbors(id: number, k: number): Promise<Neighbor[]> {
    const [ids, scores, norms] = await Promise.all([
      files.row("neighbors.u32", id, 4 * stored),
      files.row("similarities.f32", id, 4 * stored),
      all.norms(),
    ]);
    const similarities = new Float32Array(scores);
    return Array.from(new Uint32Array(ids), (other, at) => ({ id: other, score: similarities[at] }))
      .filter((found) => norms[found.id] > 0)
      .slice(0, k);
  }

  return {
    ...all,
    vector: (id, signal, moment = last) =>
      moment === last && manifest.hasVectors ? row(id) : all.vector(id, signal, moment),
    async nearest(request, signal) {
      const { positive, negative, k, metric, moment = last, script } = request;
      const isPlain = positive.length === 1 && negative.length === 0 && metric === "cosine" && script === undefined;
      if (!isPlain || moment !== last || k > stored) return all.nearest(request, signal);
      return (await all.norms())[positive[0]] > 0 ? neighbors(positive[0], k) : [];
    },
  };
}

class Files {
  private readonly whole = new Map<string, Promise<ArrayBuffer>>();

  constructor(
    private readonly base: URL,
    private readonly sizes: Sizes,
  ) {}

  /** All bytes of a part. */
  async read(name: string): Promise<ArrayBuffer> {
    const names = this.names(name);
    if (names.length === 1) return fetched(this.url(names[0]));
    const all = new Uint8Array(this.sizes[name].reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (const file of names) {
      const bytes = await fetched(this.url(file));
      all.set(new Uint8Array(bytes), at);
      at += bytes.byteLength;
    }
    return all.buffer;
  }

  /** A row of a part whose rows have `size` bytes; no row lies in two files. */
  async row(name: string, row: number, size: number): Promise<ArrayBuffer> {
    let start = row * size;
    const names = this.names(name);
    let file = 0;
    while (start >= this.sizes[name][file]) start -= this.sizes[name][file++];
    const known = this.whole.get(names[file]);
    if (known) return (await known).slice(start, start + size);
    const answer = await ask(this.url(names[file]), { Range: `bytes=${start}-${start + size - 1}` });
    const bytes = answer.arrayBuffer();
    if (answer.status === 206) return bytes;
    this.whole.set(names[file], bytes); // the server sends files as a whole only
    return (await bytes).slice(start, start + size);
  }

  private names(part: string): string[] {
    const sizes = this.sizes[part];
    if (sizes === undefined) throw new Error(`this folder was exported without ${part}`);
    return sizes.length === 1 ? [part] : sizes.map((_, number) => `${part}.${number}`);
  }

  private url(name: string): URL {
    return new URL(name, this.base);
  }
}

async function fetched(url: URL): Promise<ArrayBuffer> {
  return (await ask(url)).arrayBuffer();
}

async function ask(url: URL, headers: HeadersInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { headers });
  } catch {
    throw new Error(`the server does not answer: ${url.href} could not be read`);
  }
  if (!answer.ok) throw new Error(`${url.href} is missing: the server answered ${answer.status}`);
  return answer;
}
