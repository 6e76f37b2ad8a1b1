import { afterEach, expect, test, vi } from "vitest";
import { openSite } from "../../src/data/site";
import { manifest } from "../fake-app";

const base = new URL("http://static.example/words/data/");
const parts: Record<string, string | ArrayBufferView> = {
  "manifest.json": JSON.stringify({ ...manifest, neighbors: 2 }),
  "tokens.txt": "catdogmatsat",
  "offsets.u32": Uint32Array.of(0, 3, 6, 9, 12),
  "norms.f32": Float32Array.of(1, 2, 0, Math.SQRT2),
  "vectors.f32.0": Float32Array.of(1, 0, 0, 0, 2, 0),
  "vectors.f32.1": Float32Array.of(0, 0, 0, 1, 1, 0),
  "neighbors.u32": Uint32Array.of(3, 2, 3, 2, 0, 1, 0, 1),
  "similarities.f32": Float32Array.of(0.75, 0, 0.75, 0, 0, 0, 0.75, 0.75),
};
const sizes = {
  ...Object.fromEntries(Object.keys(parts).map((name) => [name, [bytes(name).byteLength]])),
  "vectors.f32": [24, 24],
};

function bytes(name: string): Uint8Array<ArrayBuffer> {
  const content = parts[name];
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : new Uint8Array(content.buffer.slice(0) as ArrayBuffer);
}

/** A server of these files, and what it was asked for. */
function serve(sendsRanges: boolean): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: URL, { headers = {}, cache }: RequestInit) => {
    const name = url.pathname.split("/").at(-1)!;
    const range = (headers as Record<string, string>).Range;
    asked.push(range ? `${name} ${range}` : name);
    if (name === "parts.json") {
      expect(cache).toBe("no-cache");
      return new Response(JSON.stringify({ version: "7a", files: sizes }));
    }
    expect(url.search).toBe("?v=7a"); // an older export, which the browser kept, is another address
    if (!(name in parts)) return new Response("", { status: 404 });
    if (!range || !sendsRanges) return new Response(bytes(name));
    const [start, end] = range.replace("bytes=", "").split("-").map(Number);
    return new Response(bytes(name).slice(start, end + 1), { status: 206 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("a click takes the bytes of one token, and the stored neighbors", async () => {
  const asked = serve(true);
  const source = await openSite(base);
  asked.length = 0;
  expect([...(await source.vector(3))]).toEqual([1, 1, 0]);
  // The token without a direction is stored where there are not enough others, and is none.
  expect(await source.nearest({ positive: [0], negative: [], k: 2, metric: "cosine" })).toEqual([
    { id: 3, score: 0.75 },
  ]);
  expect(await source.nearest({ positive: [2], negative: [], k: 2, metric: "cosine" })).toEqual([]);
  expect(asked).toEqual([
    "vectors.f32.1 bytes=12-23",
    "norms.f32",
    "neighbors.u32 bytes=0-7",
    "similarities.f32 bytes=0-7",
  ]);
});

test("a server that sends whole files is asked once for each", async () => {
  const asked = serve(false);
  const source = await openSite(base);
  asked.length = 0;
  expect([...(await source.vector(3))]).toEqual([1, 1, 0]);
  expect([...(await source.vector(2))]).toEqual([0, 0, 0]);
  expect(asked).toEqual(["vectors.f32.1 bytes=12-23"]);
});

test("all else is worked out from all vectors, joined from their files", async () => {
  serve(true);
  const source = await openSite(base);
  const [first] = await source.nearest({ positive: [0], negative: [], k: 3, metric: "cosine" });
  expect(first.id).toBe(3);
  expect(first.score).toBeCloseTo(Math.SQRT1_2, 6);
  const [far] = await source.nearest({ positive: [0], negative: [], k: 1, metric: "euclidean" });
  expect(far).toEqual({ id: 2, score: -1 });
});

test("a missing file and a folder opened from disk are one line", async () => {
  serve(true);
  const source = await openSite(base);
  await expect(source.undirected()).rejects.toThrow("exported without undirected.json");
  await expect(openSite(new URL("file:///words/data/"))).rejects.toThrow("python -m http.server");
});

test("a folder that was copied in part, and a page sent in place of a file, are one line", async () => {
  serve(true);
  const source = await openSite(base);
  vi.stubGlobal("fetch", async () => new Response("<html>"));
  await expect(source.vector(3)).rejects.toThrow("has 6 bytes instead of 24: copy the whole folder to the server");
  serve(true);
  expect([...(await source.vector(3))]).toEqual([1, 1, 0]);
  vi.stubGlobal("fetch", async () => new Response("<html>"));
  await expect(openSite(base)).rejects.toThrow("parts.json is not the one that tovec wrote");
});
