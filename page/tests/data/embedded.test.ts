import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { embeddedParts, openEmbedded } from "../../src/data/embedded";
import { film, manifest } from "../fake-app";

const packed = (content: string | ArrayBufferView) =>
  gzipSync(
    typeof content === "string" ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
  ).toString("base64");

const vectors = Float32Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 0);
const parts = new Map([
  ["manifest.json", packed(JSON.stringify(manifest))],
  ["tokens.txt", packed("catdogmatsat")],
  ["offsets.u32", packed(Uint32Array.of(0, 3, 6, 9, 12))],
  ["counts.f64", packed(Float64Array.of(4, 3, 2, 1))],
  ["norms.f32", packed(Float32Array.of(1, 2, 3, Math.SQRT2))],
  ["vectors.f32", ` ${packed(vectors)}\n`],
]);

/** What a request holds besides, where nothing is chosen. */
const plain = { settings: {}, components: [], rows: new Uint32Array(0) };

test("data packed into a page is read back", async () => {
  const source = await openEmbedded(parts);
  const tokens = await source.tokens();
  expect([0, 1, 2, 3].map((id) => tokens.token(id))).toEqual(["cat", "dog", "mat", "sat"]);
  expect([...(await source.counts())!]).toEqual([4, 3, 2, 1]);
  expect([...(await source.vector(1))]).toEqual([0, 2, 0]);
});

test("a file says that a language model is asked elsewhere", async () => {
  const source = await openEmbedded(parts);
  const questions = [source.predict("cat", 10), source.trainingStep("cat"), source.inTwoTexts("a cat", "cat", 0)];
  for (const question of questions) await expect(question).rejects.toThrow("tovec view");
});

test("neighbors and axes are computed from the vectors in the page", async () => {
  const source = await openEmbedded(parts);
  const [first, second] = await source.nearest({ positive: [0], negative: [], k: 2, metric: "cosine" });
  expect([first.id, second.id]).toEqual([3, 1]);
  expect(first.score).toBeCloseTo(Math.SQRT1_2, 12);
  const axis = { from: [0], to: [1] };
  await source.project({ method: "axes", dims: 2, seed: 0, axes: [axis, axis], ...plain }, ({ points, axisNames }) => {
    expect(axisNames).toEqual(["cat → dog", "cat → dog"]);
    expect([...points!.subarray(0, 2)].map((value) => Number(value.toFixed(6)))).toEqual([-0.707107, -0.707107]);
  });
});

test("neighbors of one script are those of its letters alone, by either measure, and no special tokens", async () => {
  const names = ["cat", "고양이", "개 dog", "강아지", "고양", "42"];
  const ends = names.map((_, at) => names.slice(0, at).join("").length);
  const rows = Float32Array.from([1, 0, 3, 4, 1, 0, 2, 1, 1, 0, 1, 0]);
  const source = await openEmbedded(
    new Map([
      ["manifest.json", packed(JSON.stringify({ ...manifest, nTokens: 6, dim: 2, special: [4] }))],
      ["tokens.txt", packed(names.join(""))],
      ["offsets.u32", packed(Uint32Array.of(...ends, names.join("").length))],
      ["norms.f32", packed(Float32Array.of(1, 5, 1, Math.sqrt(5), 1, 1))],
      ["vectors.f32", packed(rows)],
    ]),
  );
  const ask = async (script: "hangul" | "latin" | undefined, metric: "cosine" | "euclidean") =>
    (await source.nearest({ positive: [0], negative: [], k: 9, metric, ...(script && { script }) })).map(
      ({ id }) => id,
    );
  expect(await ask("hangul", "cosine")).toEqual([3, 1]);
  expect(await ask("hangul", "euclidean")).toEqual([3, 1]);
  expect(await ask("latin", "cosine")).toEqual([]);
  expect(await ask(undefined, "cosine")).toEqual([2, 4, 5, 3, 1]);
});

test("the first axes are those of the vectors in the page, unless a projection of them is in it", async () => {
  const source = await openEmbedded(parts);
  const request = { method: "none", dims: 2, seed: 0, axes: [], ...plain } as const;
  await source.project(request, ({ stage, points, axisNames }) => {
    expect([stage, [...points!], axisNames]).toEqual([
      "done",
      [1, 0, 0, 2, 0, 0, 1, 1],
      ["dimension 1", "dimension 2"],
    ]);
  });
  const header = Buffer.from(JSON.stringify({ stage: "done", dims: 2, axisNames: ["x", "y"] }));
  const frame = Buffer.concat([
    Buffer.from(Uint32Array.of(header.length, 32).buffer),
    header,
    Buffer.from(new Float32Array(8).buffer),
  ]);
  const withFrame = await openEmbedded(new Map([...parts, ["project-none-2.frame", packed(Uint8Array.from(frame))]]));
  await withFrame.project(request, ({ axisNames }) => expect(axisNames).toEqual(["x", "y"]));
});

test("the vectors of several tokens are those in the page, in the order of their ids", async () => {
  const source = await openEmbedded(parts);
  expect([...(await source.vectors(Uint32Array.of(3, 1), () => {}))]).toEqual([1, 1, 0, 0, 2, 0]);
});

test("float16 vectors give the same numbers where these fit", async () => {
  const halves = Uint16Array.from([...vectors], (value) => ({ 0: 0, 1: 0x3c00, 2: 0x4000, 3: 0x4200 })[value]!);
  const source = await openEmbedded(
    new Map(
      [...parts, ["vectors.f16", packed(halves)]].filter(([name]) => name !== "vectors.f32") as [string, string][],
    ),
  );
  expect([...(await source.vector(2))]).toEqual([0, 0, 3]);
});

test("a missing part is named in the error", async () => {
  const source = await openEmbedded(new Map([...parts].filter(([name]) => name !== "vectors.f32")));
  await expect(source.vector(0)).rejects.toThrow("this file was exported without vectors.f16");
});

test("a page without parts is not an exported one", () => {
  const element = { getAttribute: () => "tokens.txt", textContent: "abc" };
  const page = (elements: object[]) => ({ querySelectorAll: () => elements }) as unknown as Document;
  expect(embeddedParts(page([]))).toBeNull();
  expect(embeddedParts(page([element]))).toEqual(new Map([["tokens.txt", "abc"]]));
});

test("the vectors of each moment are in the page of a timeline, in either type", async () => {
  const at = (moment: number) => vectors.map((value) => value * (1 + moment));
  const half: Readonly<Record<number, number>> = { 0: 0, 1: 0x3c00, 2: 0x4000, 3: 0x4200, 4: 0x4400, 6: 0x4600 };
  const halves = (moment: number) => Uint16Array.from(at(moment), (value) => half[value]);
  for (const [type, values] of [["f32", at] as const, ["f16", halves] as const]) {
    const names = ["vectors-0", "vectors-1", "vectors-2", "vectors"].map((name) => `${name}.${type}`);
    const source = await openEmbedded(
      new Map([
        ...[...parts].filter(([name]) => !name.startsWith("vectors")),
        ["manifest.json", packed(JSON.stringify(film))],
        ...(type === "f32" ? names.map((name, moment) => [name, packed(values(moment))] as const) : []),
        ...(type === "f16" ? [0, 1, 0, 1].map((moment, j) => [names[j], packed(values(moment))] as const) : []),
      ]),
    );
    expect([...(await source.vector(1, undefined, 1))]).toEqual([0, 4, 0]);
    for (const cosine of await source.overTime(0, 3)) expect(cosine).toBeCloseTo(Math.SQRT1_2, 6);
    const lengths = [...(await source.overTime(0, null))];
    expect(lengths).toEqual(type === "f32" ? [1, 2, 3, 4] : [1, 2, 1, 2]);
    const [nearest] = await source.nearest({ positive: [0], negative: [], k: 1, metric: "cosine", moment: 0 });
    expect(nearest.id).toBe(3);
  }
});
