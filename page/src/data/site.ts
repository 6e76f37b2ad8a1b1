/**
 * The data beside an exported page, as tovec/server/site.py writes it: each part is one file, or, where it is large,
 * several. A part is fetched when it is needed; of the vectors and neighbors of one token only their bytes, where the
 * server can send a range of a file.
 */
import { decodeVector } from "./decode";
import { openParts } from "./parts";
import type { DataSource, Neighbor } from "./source";
import { fromFloat16 } from "./vectors";

/** parts.json. A part of one file has its name, else they end in .0, .1, … */
interface Listing {
  /** What tells these files from those of an earlier export, which the browser may have kept. */
  readonly version: string;
  /** The files of each part: their sizes in bytes. */
  readonly files: Readonly<Record<string, readonly number[]>>;
}

/** Where the data of `document` lie, relative to it; null if they lie in it, or a server answers. */
export function siteFolder(document: Document): string | null {
  return document.querySelector('meta[name="tovec-data"]')?.getAttribute("content") ?? null;
}

/** Open the data in the folder `base`, which ends in "/". */
export async function openSite(base: URL): Promise<DataSource> {
  if (base.protocol === "file:")
    throw new Error("this folder is for a server: run `python -m http.server` in it, and open http://localhost:8000");
  const listing = await read(new URL("parts.json", base));
  const sizes = listing.files;
  const files = new Files(base, listing);
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
    private readonly listing: Listing,
  ) {}

  /** All bytes of a part. */
  async read(name: string): Promise<ArrayBuffer> {
    const names = this.names(name);
    const sizes = this.sizes(name);
    const file = async (at: number) => complete(await ask(this.url(names[at])), sizes[at]);
    if (names.length === 1) return file(0);
    const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    let start = 0;
    for (const at of names.keys()) {
      all.set(new Uint8Array(await file(at)), start);
      start += sizes[at];
    }
    return all.buffer;
  }

  /** A row of a part whose rows have `size` bytes; no row lies in two files. */
  async row(name: string, row: number, size: number): Promise<ArrayBuffer> {
    let start = row * size;
    const names = this.names(name);
    const sizes = this.sizes(name);
    let at = 0;
    while (start >= sizes[at]) start -= sizes[at++];
    const file = names[at];
    const known = this.whole.get(file);
    if (known) return (await known).slice(start, start + size);
    const answer = await ask(this.url(file), { headers: { Range: `bytes=${start}-${start + size - 1}` } });
    if (answer.status === 206) return complete(answer, size);
    const whole = complete(answer, sizes[at]); // the server sends files as a whole only
    this.whole.set(file, whole);
    whole.catch(() => this.whole.delete(file)); // a lost connection is asked again
    return (await whole).slice(start, start + size);
  }

  private names(part: string): string[] {
    const sizes = this.sizes(part);
    return sizes.length === 1 ? [part] : sizes.map((_, number) => `${part}.${number}`);
  }

  private sizes(part: string): readonly number[] {
    const sizes = this.listing.files[part];
    if (sizes === undefined) throw new Error(`this folder was exported without ${part}`);
    return sizes;
  }

  private url(name: string): URL {
    return new URL(`${name}?v=${this.listing.version}`, this.base);
  }
}

/** Read parts.json, as it is on the server now and not as the browser may have kept it. */
async function read(url: URL): Promise<Listing> {
  const text = await (await ask(url, { cache: "no-cache" })).text();
  try {
    return JSON.parse(text) as Listing;
  } catch {
    throw new Error(`${url.href} is not the one that tovec wrote: copy the whole folder to the server`);
  }
}

/** The bytes of an answer, which are `size` unless the folder was copied in part or has been replaced. */
async function complete(answer: Response, size: number): Promise<ArrayBuffer> {
  const bytes = await answer.arrayBuffer();
  if (bytes.byteLength === size) return bytes;
  throw new Error(
    `${answer.url} has ${bytes.byteLength} bytes instead of ${size}: ` +
      "copy the whole folder to the server, and load the page again",
  );
}

async function ask(url: URL, request: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, request);
  } catch {
    throw new Error(`the server does not answer: ${url.href} could not be read`);
  }
  if (!answer.ok) throw new Error(`${url.href} is missing: the server answered ${answer.status}`);
  return answer;
}
