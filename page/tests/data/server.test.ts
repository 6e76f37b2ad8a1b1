import { afterEach, expect, test, vi } from "vitest";
import { openServer } from "../../src/data/server";
import type { ProjectionUpdate } from "../../src/data/source";
import { manifest } from "../fake-app";

afterEach(() => void vi.unstubAllGlobals());

type Answer = string | Uint8Array<ArrayBuffer> | Response;

/** Answer each path with these; return what was asked, in order. */
function serve(answers: Readonly<Record<string, Answer | (() => Promise<Response>)>>): { url: URL; body: unknown }[] {
  const asked: { url: URL; body: unknown }[] = [];
  vi.stubGlobal("fetch", (url: URL, options: RequestInit) => {
    asked.push({ url, body: options.body });
    const answer = answers[url.pathname.slice(1)] ?? new Response("not here", { status: 404 });
    if (typeof answer === "function") return answer();
    return Promise.resolve(answer instanceof Response ? answer : new Response(answer));
  });
  return asked;
}

/** One frame as tovec/server writes it. */
function frame(header: object, payload = new Uint8Array(0)): number[] {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const lengths = new Uint8Array(new Uint32Array([text.length, payload.length]).buffer);
  return [...lengths, ...text, ...payload];
}

const base = new URL("http://127.0.0.1:8000/");
const ready = { "data/manifest.json": JSON.stringify(manifest) };

/** What a request holds besides, where nothing is chosen. */
const plain = { settings: {}, components: [], rows: new Uint32Array(0) };

test("a question carries its values, and the answer comes back", async () => {
  const asked = serve({ ...ready, "api/nearest": '{"results": [{"id": 2, "score": 0.5}]}' });
  const source = await openServer(base);
  const request = { positive: [1, 2], negative: [0], k: 25, metric: "euclidean" } as const;
  expect(await source.nearest(request)).toEqual([{ id: 2, score: 0.5 }]);
  expect(Object.fromEntries(asked[1].url.searchParams)).toEqual({
    positive: "1,2",
    negative: "0",
    k: "25",
    metric: "euclidean",
  });
});

test("a projection is handed on frame by frame", async () => {
  const points = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer);
  const bytes = [
    ...frame({ stage: "layout", fraction: 0.5, dims: 2 }),
    ...frame({ stage: "done", fraction: 1, dims: 2, axisNames: ["a", "b"] }, points),
  ];
  serve({ ...ready, "api/project": Uint8Array.from(bytes) });
  const source = await openServer(base);
  const updates: ProjectionUpdate[] = [];
  await source.project({ method: "pca", dims: 2, seed: 0, axes: [], ...plain }, (update) => void updates.push(update));
  expect(updates.map(({ stage, fraction }) => [stage, fraction])).toEqual([
    ["layout", 0.5],
    ["done", 1],
  ]);
  expect([updates[0].points, [...updates[1].points!]]).toEqual([null, [1, 2, 3, 4, 5, 6, 7, 8]]);
});

test("numbers go into the address, and the ids of tokens that are projected alone into the body", async () => {
  const points = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
  const asked = serve({ ...ready, "api/project": Uint8Array.from(frame({ stage: "done", dims: 2 }, points)) });
  const source = await openServer(base);
  const updates: ProjectionUpdate[] = [];
  const chosen = { settings: { min_dist: 0.5 }, components: [4, 5], rows: Uint32Array.of(1, 3) };
  const request = { method: "pca", dims: 2, seed: 0, axes: [], ...chosen } as const;
  await source.project(request, (update) => void updates.push(update));
  expect(Object.fromEntries(asked[1].url.searchParams)).toEqual({
    method: "pca",
    dims: "2",
    seed: "0",
    min_dist: "0.5",
    components: "4,5",
  });
  expect([...new Uint8Array(asked[1].body as ArrayBuffer)]).toEqual([1, 0, 0, 0, 3, 0, 0, 0]);
  expect([...updates[0].points!]).toEqual([NaN, NaN, 1, 2, NaN, NaN, 3, 4]);
});

test("a projection that ends too early is an error", async () => {
  serve({ ...ready, "api/project": Uint8Array.from(frame({ stage: "layout", fraction: 0.5, dims: 2 })) });
  const source = await openServer(base);
  const project = source.project({ method: "pca", dims: 2, seed: 0, axes: [], ...plain }, () => {});
  await expect(project).rejects.toThrow("the server stopped before it was done");
});

test("an error of the server is its own line, else its status", async () => {
  serve({
    ...ready,
    "api/vector": new Response("there is no such id\n", { status: 400 }),
    "api/tokens": new Response("", { status: 503 }),
  });
  const source = await openServer(base);
  await expect(source.vector(9)).rejects.toThrow(/^there is no such id$/);
  await expect(source.tokenize("cat")).rejects.toThrow("the server answered 503");
});

test("a server that is gone is one line, and an aborted question stays an AbortError", async () => {
  serve({
    ...ready,
    "api/vector": () => Promise.reject(new TypeError("Failed to fetch")),
    "api/tokens": () => Promise.reject(new DOMException("aborted", "AbortError")),
  });
  const source = await openServer(base);
  await expect(source.vector(0)).rejects.toThrow("is `tovec view` still running?");
  await expect(source.tokenize("cat")).rejects.toMatchObject({ name: "AbortError" });
});

test("a text travels in the body, not in the address", async () => {
  const asked = serve({ ...ready, "api/tokens": '{"pieces": [], "end": 3}' });
  await (await openServer(base)).tokenize("a & b");
  expect([asked[1].url.search, asked[1].body]).toEqual(["", "a & b"]);
});
