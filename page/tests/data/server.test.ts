import { afterEach, expect, test, vi } from "vitest";
import { openServer } from "../../src/data/server";
import type { LiveUpdate, ProjectionUpdate } from "../../src/data/source";
import { film, manifest } from "../fake-app";

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

test("a language model is asked about texts of any length, which are posted", async () => {
  const prediction = { tokens: [{ id: 0 }], dropped: 0, results: [{ id: 2, probability: 0.5, text: " mat" }] };
  const asked = serve({
    ...ready,
    "api/predict": JSON.stringify(prediction),
    "api/lesson-step": '{"loss": 2}',
    "api/context": '{"contextCosine": 0.4}',
  });
  const source = await openServer(base);
  expect(await source.predict("the cat", 10)).toEqual(prediction);
  expect(await source.trainingStep("the cat")).toEqual({ loss: 2 });
  expect(await source.inTwoTexts("a b", "c b", 7)).toEqual({ contextCosine: 0.4 });
  expect(asked.slice(1).map(({ url, body }) => [url.pathname, Object.fromEntries(url.searchParams), body])).toEqual([
    ["/api/predict", { k: "10" }, "the cat"],
    ["/api/lesson-step", {}, "the cat"],
    ["/api/context", { a: "a b", b: "c b", token: "7" }, undefined],
  ]);
});

test("a projection is handed on frame by frame", async () => {
  const points = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer);
  const bytes = [
    ...frame({ stage: "layout", overall: 0.5, dims: 2 }),
    ...frame({ stage: "done", overall: 1, dims: 2, axisNames: ["a", "b"] }, points),
  ];
  serve({ ...ready, "api/project": Uint8Array.from(bytes) });
  const source = await openServer(base);
  const updates: ProjectionUpdate[] = [];
  await source.project({ method: "pca", dims: 2, seed: 0, axes: [], ...plain }, (update) => void updates.push(update));
  expect(updates.map(({ stage, overall }) => [stage, overall])).toEqual([
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
  expect([...(asked[1].body as Uint32Array)]).toEqual([1, 3]);
  expect([...updates[0].points!]).toEqual([NaN, NaN, 1, 2, NaN, NaN, 3, 4]);
});

test("a projection that ends too early is an error", async () => {
  serve({ ...ready, "api/project": Uint8Array.from(frame({ stage: "layout", overall: 0.5, dims: 2 })) });
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

test("a projection that breaks off is asked for again while someone watches the connection", async () => {
  const half = Uint8Array.from(frame({ stage: "layout", fraction: 0.5, dims: 2 }));
  const whole = Uint8Array.from([...half, ...frame({ stage: "done", fraction: 1, dims: 2 })]);
  let asked = 0;
  serve({
    ...ready,
    "api/alive": () => Promise.resolve(new Response('{"server": "one"}')),
    "api/project": () => Promise.resolve(new Response(asked++ ? whole : half)),
  });
  const source = await openServer(base);
  const stop = source.watch(() => {});
  const stages: string[] = [];
  await source.project({ method: "pca", dims: 2, seed: 0, axes: [], ...plain }, ({ stage }) => void stages.push(stage));
  expect(stages).toEqual(["layout", "layout", "done"]);
  stop();
});

test("the vectors of many tokens come in one answer, block by block", async () => {
  const block = (...values: number[]) => frame({ stage: "block" }, new Uint8Array(Float32Array.from(values).buffer));
  const bytes = [...block(1, 2, 3, 4, 5, 6), ...block(7, 8, 9), ...frame({ stage: "done" })];
  const asked = serve({ ...ready, "api/vectors": Uint8Array.from(bytes) });
  const source = await openServer(base);
  const arrived: number[] = [];
  const rows = await source.vectors(Uint32Array.of(2, 0, 258), (n) => void arrived.push(n));
  expect([...rows]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(arrived).toEqual([2, 3, 3]);
  expect([...(asked[1].body as Uint32Array)]).toEqual([2, 0, 258]);
});

test("vectors that are too few, or that end in an error, are an error", async () => {
  const row = frame({ stage: "block" }, new Uint8Array(12));
  const answer = (...frames: number[][]) => new Response(Uint8Array.from(frames.flat()));
  const ask = async (response: Response) => {
    serve({ ...ready, "api/vectors": response });
    return (await openServer(base)).vectors(Uint32Array.of(0, 1), () => {});
  };
  await expect(ask(answer(row, frame({ stage: "done" })))).rejects.toThrow("the vectors have 3 numbers, not 6");
  await expect(ask(answer(row, frame({ stage: "error", error: "the file has changed" })))).rejects.toThrow("changed");
  await expect(ask(answer(row))).rejects.toThrow("the server stopped before it was done");
});

test("questions say which moment they are about, and values over time come back", async () => {
  const asked = serve({
    "data/manifest.json": JSON.stringify(film),
    "api/vector": new Uint8Array(12),
    "api/similarities": new Uint8Array(16),
    "api/over-time": new Uint8Array(Float32Array.of(0, 0.25, 0.5, 1).buffer),
  });
  const source = await openServer(base);
  await source.vector(2, undefined, 1);
  await source.similarities(2, undefined, 0);
  expect([...(await source.overTime(2, 3))]).toEqual([0, 0.25, 0.5, 1]);
  await source.overTime(2, null);
  expect(asked.slice(1).map(({ url }) => url.search)).toEqual(["?id=2&moment=1", "?id=2&moment=0", "?a=2&b=3", "?a=2"]);
});

test("points of some tokens at several moments are put where these tokens are", async () => {
  const points = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer);
  const header = { stage: "done", overall: 1, dims: 2, moments: 2 };
  const asked = serve({
    "data/manifest.json": JSON.stringify(film),
    "api/project": Uint8Array.from(frame(header, points)),
  });
  const source = await openServer(base);
  const updates: ProjectionUpdate[] = [];
  const request = { method: "pca", dims: 2, seed: 0, axes: [], ...plain, rows: Uint32Array.of(0, 3) } as const;
  await source.project({ ...request, directions: false, axesOf: "first" }, (update) => void updates.push(update));
  const none = [NaN, NaN, NaN, NaN];
  expect([...updates[0].points!]).toEqual([1, 2, ...none, 3, 4, 5, 6, ...none, 7, 8]);
  expect(Object.fromEntries(asked[1].url.searchParams)).toMatchObject({ directions: "0", axesOf: "first" });
});

const training = { state: "training", progress: 10, total: 40, epoch: 0.25, epochs: 1, message: "", losses: [] };

test("a table in training is followed to its end, and losses are those since the start", async () => {
  const points = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer);
  const numbers = { loss: 2.5, validationLoss: null, wordsPerS: 100, leftS: 3, dims: 2 };
  const bytes = [
    ...frame({ ...training, ...numbers, losses: [[5, 3]] }, points),
    ...frame({ ...training, ...numbers, progress: 40, state: "finished", losses: [[40, 2]] }),
  ];
  const asked = serve({ ...ready, "api/live": Uint8Array.from(bytes) });
  const source = await openServer(base);
  const updates: LiveUpdate[] = [];
  await source.live(2, (update) => void updates.push(update));
  expect(asked[1].url.search).toBe("?dims=2");
  expect(updates.map((update) => [update.training.state, update.training.losses, update.points?.length])).toEqual([
    ["training", [[5, 3]], 8],
    [
      "finished",
      [
        [5, 3],
        [40, 2],
      ],
      undefined,
    ],
  ]);
  expect(updates[0].training).toMatchObject({ progress: 10, total: 40, epoch: 0.25, loss: 2.5, leftS: 3 });
  expect(updates[0].training.validationLoss).toBeNull();
});

test("where its stream breaks off, it is asked for again, and has the losses of the second answer", async () => {
  const answers = [
    frame({ ...training, dims: 2, losses: [[5, 3]] }),
    frame({ ...training, dims: 2, state: "interrupted", losses: [[6, 2]] }),
  ];
  serve({
    ...ready,
    "api/alive": () => Promise.resolve(new Response('{"server": "one"}')),
    "api/live": () => Promise.resolve(new Response(Uint8Array.from(answers.shift()!))),
  });
  const source = await openServer(base);
  const stop = source.watch(() => {});
  const updates: LiveUpdate[] = [];
  await source.live(3, (update) => void updates.push(update));
  stop();
  expect(updates.map((update) => update.training.losses)).toEqual([[[5, 3]], [[6, 2]]]);
});

test("at the end of training the manifest is read again", async () => {
  const answers = [manifest, film];
  serve({ "data/manifest.json": () => Promise.resolve(new Response(JSON.stringify(answers.shift()))) });
  const source = await openServer(base);
  expect(source.manifest.timeline).toBeNull();
  await source.reread();
  expect(source.manifest.timeline?.moments).toHaveLength(4);
});
