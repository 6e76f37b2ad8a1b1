import { expect, test } from "vitest";
import type { Manifest } from "../../src/data/source";
import { START_OF_COMPARISON } from "../../src/state/comparison";
import { FRONT } from "../../src/state/camera";
import type { State } from "../../src/state/state";
import { fromHash, initialState, leftOut, SHARED, toHash, withLeftOut } from "../../src/state/url";
import { film } from "../fake-app";

const manifest: Manifest = {
  version: 1,
  title: "pets",
  nTokens: 5000,
  dim: 20,
  hasCounts: true,
  special: [],
  hasVectors: true,
  tokenizer: null,
  columns: [{ name: "kind", kind: "category", labels: ["noun"] }],
  methods: [
    { method: "pca", dims: [2, 3], missing: null, settings: [] },
    {
      method: "umap",
      dims: [2, 3],
      missing: null,
      settings: [
        { name: "neighbors", default: 15, lowest: 2, highest: 200, step: 1 },
        { name: "min_dist", default: 0.1, lowest: 0, highest: 1, step: 0.05 },
      ],
    },
    { method: "tsne", dims: [2], missing: "pip install 'tovec[projection]'", settings: [] },
    { method: "axes", dims: [2, 3], missing: null, settings: [] },
  ],
  start: { method: "umap", dims: 3 },
  drawsAnew: true,
  timeline: film.timeline,
  comparison: null,
  explains: { text: null },
  languageModel: { context: 256, endOfText: 0 },
  tables: [],
};
const start = initialState(manifest, "en");

test("a page that was just opened has an empty address", () => {
  expect(toHash(start, start)).toBe("");
  expect(fromHash("", start, manifest)).toEqual(start);
});

test("a page of suspects begins with the color of suspicion", () => {
  const suspicion = { name: "suspicion", kind: "number", labels: [] } as const;
  const columns = [...manifest.columns, suspicion];
  expect(initialState({ ...manifest, columns }, "en").colorBy).toBe("column:1");
  expect(start.colorBy).toBe("cluster");
});

test("everything in the address round-trips", () => {
  const state: State = {
    ...start,
    lang: "ko",
    theme: "dark",
    method: "axes",
    dims: 2,
    seed: 7,
    settings: { neighbors: 30, min_dist: 0.5 },
    components: [4, 5, 6],
    rows: Uint32Array.of(2, 3, 4999),
    axes: [
      { from: "man he", to: "woman ~ &=#" },
      { from: "젊은", to: "늙은" },
      { from: "", to: "" },
    ],
    colorBy: "column:0",
    labelBy: 0,
    searchIn: 0,
    search: "^c[aou]t$ 고양이",
    regex: true,
    chosen: 4999,
    k: 25,
    metric: "euclidean",
    script: "hangul",
    independent: [0, 27, 3],
    pair: [4999, 7],
    analogy: [0, null, 4999],
    selected: Uint32Array.of(1, 2, 3, 500),
    isolated: true,
    tool: "lasso",
    camera: { ...FRONT, target: [0.25, -1, 0], distance: 1.5 },
    text: "The cat\nsat 100 % + 1",
    lesson: 2,
    lessonName: "meaning",
    labels: false,
    moment: 1.25,
    speed: 0.5,
    loop: true,
    compared: 17,
    trails: "neighbors",
    since: "first",
    directions: false,
    axesOf: "first",
    contexts: ["a 100% ~", "배, 눈"],
  };
  // Those of a comparison have a test of their own: a table with a timeline ignores them.
  const fields = SHARED.filter((field) => !(field in START_OF_COMPARISON));
  expect(fields.filter((field) => Object.is(state[field], start[field]))).toEqual([]);
  const hash = toHash(state, start);
  expect(hash).not.toMatch(/[\s#]/);
  expect(fromHash(`#${hash}`, start, manifest)).toEqual(state);
});

test("invalid values are ignored, and so is a method that is not available", () => {
  const hash =
    "k=7&metric=dot&labelBy=1&searchIn=-1&analogy=1~2&lang=xx&method=tsne&dims=9&token=5000&color=column:1&camera=1_2&seed=-1&axes=a~b&selected=%00&lesson=x";
  expect(fromHash(hash, start, manifest)).toEqual(start);
});

test("a step that the lesson does not have is ignored", () => {
  expect(fromHash("lesson=5", start, manifest).lesson).toBe(5);
  expect(fromHash("lesson=6", start, manifest).lesson).toBeNull();
});

test("a link from before k, metric and analogy were in the address still opens", () => {
  const hash = "lang=ko&method=pca&dims=2&color=script&search=w&token=3&selected=AQIGAQ&labels=0&camera=0.1_0_0_2_0_0";
  expect(fromHash(hash, start, manifest)).toEqual({
    ...start,
    lang: "ko",
    method: "pca",
    dims: 2,
    colorBy: "script",
    search: "w",
    chosen: 3,
    selected: Uint32Array.of(1, 2, 9),
    labels: false,
    camera: { ...FRONT, target: [0.1, 0, 0], distance: 2 },
  });
});

test("an id that the table does not have leaves its field of the analogy empty", () => {
  expect(fromHash("analogy=1~5000~x", start, manifest).analogy).toEqual([1, null, null]);
});

test("colors by similarity need vectors", () => {
  const hash = "color=similarity&token=7";
  expect(fromHash(hash, start, manifest)).toMatchObject({ colorBy: "similarity", chosen: 7 });
  expect(toHash(fromHash(hash, start, manifest), start)).toBe("color=similarity&token=7");
  expect(fromHash(hash, start, { ...manifest, hasVectors: false }).colorBy).toBe(start.colorBy);
});

test("what is too long stays out of the address, and comes back from what was kept of it", () => {
  const long = { text: "고양이 ".repeat(40_000), search: "x".repeat(20_000) };
  const selected = Uint32Array.from({ length: 2500 }, (_, at) => 2 * at);
  const state: State = { ...start, ...long, selected, chosen: 3 };
  expect(leftOut(state)).toEqual(long);
  expect(toHash(state, start).length).toBeLessThan(10_000);
  const back = withLeftOut(fromHash(toHash(state, start), start, manifest), structuredClone(leftOut(state)), manifest);
  expect(back).toEqual(state);
  expect(leftOut({ ...start, text: "고양이".repeat(300) })).toEqual({});
});

test("too many tokens that are projected alone stay out of the address, and come back where the page draws anew", () => {
  const many = { ...manifest, nTokens: 100_000 };
  const rows = Uint32Array.from({ length: 20_000 }, (_, at) => 4 * at + (at % 3));
  const state: State = { ...start, rows };
  expect(leftOut(state)).toEqual({ rows });
  expect(toHash(state, start)).toBe("");
  expect(withLeftOut(start, { rows }, many).rows).toEqual(rows);
  expect(withLeftOut(start, { rows }, { ...many, drawsAnew: false }).rows).toEqual(start.rows);
});

test.each([[null], [7], [{ text: 3, search: null, selected: [1], rows: [1] }]])("%j is not what was kept", (kept) => {
  expect(withLeftOut(start, kept, manifest)).toEqual(start);
});

test("ids that the table does not have are dropped from what was kept", () => {
  expect(withLeftOut(start, { selected: Uint32Array.of(4999, 5000) }, manifest).selected).toEqual(Uint32Array.of(4999));
});
