/**
 * The state in the part of the address after `#`: a reload or a shared link shows the same, and no server ever
 * sees it. Only what differs from the start is written.
 */
import type { Manifest, Method } from "../data/source";
import { OBLIQUE, type Camera, FRONT } from "./camera";
import { NO_IDS, packIds, unpackIds } from "./ids";
import { settingEntries, settingsFrom } from "./projection-settings";
import {
  type AnalogyIds,
  type AxisWords,
  type ColorBy,
  type Lang,
  METRICS,
  NEIGHBOR_COUNTS,
  type State,
  type Theme,
  type Tool,
} from "./state";

/** The part of the state that the address holds. */
export const SHARED = [
  "lang",
  "theme",
  "method",
  "dims",
  "seed",
  "settings",
  "components",
  "rows",
  "axes",
  "colorBy",
  "search",
  "regex",
  "chosen",
  "k",
  "metric",
  "analogy",
  "selected",
  "isolated",
  "tool",
  "camera",
  "text",
  "lesson",
  "labels",
] as const satisfies readonly (keyof State)[];
export type SharedState = Pick<State, (typeof SHARED)[number]>;

/** A selection that takes more characters than this is left out of the address, and a notice says so. */
export const LONGEST_SELECTION = 30_000;

const METHODS: readonly Method[] = ["none", "pca", "umap", "tsne", "axes"];
const NO_ANALOGY: AnalogyIds = [null, null, null];
const NO_AXIS: AxisWords = { from: "", to: "" };

/** The state of a page that was just opened. */
export function initialState(manifest: Manifest, lang: Lang): State {
  const { method, dims } = manifest.start;
  return {
    lang,
    theme: "auto",
    method,
    dims,
    seed: 0,
    settings: {},
    components: [],
    rows: NO_IDS,
    axes: [NO_AXIS, NO_AXIS, NO_AXIS],
    colorBy: startColor(manifest),
    search: "",
    regex: false,
    found: null,
    chosen: null,
    k: 10,
    metric: "cosine",
    analogy: NO_ANALOGY,
    selected: NO_IDS,
    isolated: false,
    hovered: null,
    cursor: null,
    tool: "move",
    camera: dims === 3 ? OBLIQUE : FRONT,
    text: "",
    path: [],
    lesson: null,
    labels: true,
    progress: { stage: "start", fraction: 0, before: 0, running: false, error: null },
  };
}

function startColor({ nTokens, hasCounts }: Manifest): ColorBy {
  if (nTokens <= 12) return "none";
  // Clusters of a larger table take too long for a first view.
  if (nTokens <= 200_000) return "cluster";
  return hasCounts ? "frequency" : "script";
}

/** The address part of `state`, without "#". */
export function toHash(state: SharedState, start: State): string {
  const parts = new URLSearchParams();
  const put = (key: string, value: string | number, normal: string | number) => {
    if (value !== normal) parts.set(key, String(value));
  };
  put("lang", state.lang, start.lang);
  put("theme", state.theme, start.theme);
  put("method", state.method, start.method);
  put("dims", state.dims, start.dims);
  put("seed", state.seed, start.seed);
  for (const [key, value] of settingEntries(state)) parts.set(key, value);
  const rows = packIds(state.rows);
  put("rows", rows.length > LONGEST_SELECTION ? "" : rows, "");
  if (state.axes.some(({ from, to }) => from || to))
    parts.set(
      "axes",
      state.axes
        .flatMap(({ from, to }) => [from, to])
        .map(escaped)
        .join("~"),
    );
  put("color", state.colorBy, start.colorBy);
  put("search", state.search, "");
  put("regex", Number(state.regex), 0);
  put("token", state.chosen ?? "", "");
  put("k", state.k, start.k);
  put("metric", state.metric, start.metric);
  put("analogy", state.analogy.map((id) => id ?? "").join("~"), "~~");
  if (state.selected.length) {
    const packed = packIds(state.selected);
    if (packed.length <= LONGEST_SELECTION) parts.set("selected", packed);
  }
  put("isolated", Number(state.isolated), 0);
  put("tool", state.tool, "move");
  put("text", state.text, "");
  put("labels", Number(state.labels), 1);
  put("lesson", state.lesson ?? "", "");
  put("camera", cameraText(state.camera), cameraText(state.dims === 3 ? OBLIQUE : FRONT));
  return parts.toString();
}

/** `start` with what `hash` (with or without "#") changes in it; invalid values are ignored. */
export function fromHash(hash: string, start: State, manifest: Manifest): State {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const one = <T extends string>(key: string, allowed: readonly T[], normal: T): T =>
    allowed.find((value) => value === parts.get(key)) ?? normal;
  const whole = (key: string, below: number): number | null => wholeNumber(parts.get(key), below);
  const methods = METHODS.filter((method) => manifest.methods.some((m) => m.method === method && m.missing === null));
  const method = one("method", methods, start.method);
  const possible = manifest.methods.find((info) => info.method === method)?.dims ?? [start.dims];
  const asked = whole("dims", 4);
  const dims = possible.find((d) => d === (asked ?? start.dims)) ?? possible[0];
  return {
    ...start,
    lang: one<Lang>("lang", ["en", "ko"], start.lang),
    theme: one<Theme>("theme", ["auto", "light", "dark"], start.theme),
    method,
    dims,
    seed: whole("seed", 2 ** 31) ?? start.seed,
    ...settingsFrom(parts, manifest),
    rows: manifest.drawsAnew ? unpackIds(parts.get("rows") ?? "", manifest.nTokens) : NO_IDS,
    axes: axesFrom(parts.get("axes")) ?? start.axes,
    colorBy: colorFrom(parts.get("color"), manifest) ?? start.colorBy,
    search: parts.get("search") ?? "",
    regex: parts.get("regex") === "1",
    chosen: whole("token", manifest.nTokens),
    k: NEIGHBOR_COUNTS.find((count) => count === whole("k", 1000)) ?? start.k,
    metric: one("metric", METRICS, start.metric),
    analogy: analogyFrom(parts.get("analogy"), manifest.nTokens),
    selected: unpackIds(parts.get("selected") ?? "", manifest.nTokens),
    isolated: parts.get("isolated") === "1",
    tool: one<Tool>("tool", ["move", "box", "lasso"], "move"),
    text: parts.get("text") ?? "",
    labels: parts.get("labels") !== "0",
    lesson: whole("lesson", 100),
    camera: cameraFrom(parts.get("camera")) ?? (dims === 3 ? OBLIQUE : FRONT),
  };
}

function wholeNumber(text: string | null, below: number): number | null {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) < below ? Number(text) : null;
}

function analogyFrom(text: string | null, nTokens: number): AnalogyIds {
  const ids = (text ?? "").split("~").map((id) => wholeNumber(id, nTokens));
  return ids.length === 3 ? [ids[0], ids[1], ids[2]] : NO_ANALOGY;
}

/** Like encodeURIComponent, and without the "~" that stands between words. */
function escaped(words: string): string {
  return encodeURIComponent(words).replaceAll("~", "%7E");
}

function axesFrom(text: string | null): AxisWords[] | null {
  const words = text?.split("~") ?? [];
  if (words.length !== 6) return null;
  try {
    const plain = words.map(decodeURIComponent);
    return [0, 2, 4].map((at) => ({ from: plain[at], to: plain[at + 1] }));
  } catch {
    return null;
  }
}

function colorFrom(text: string | null, manifest: Manifest): ColorBy | null {
  const column = /^column:(\d{1,6})$/.exec(text ?? "");
  if (column) return Number(column[1]) < manifest.columns.length ? `column:${Number(column[1])}` : null;
  const allowed: readonly ColorBy[] = ["none", "frequency", "norm", "script", "cluster"];
  return allowed.find((value) => value === text) ?? null;
}

function cameraText({ target, distance, azimuth, elevation }: Camera): string {
  return [...target, distance, azimuth, elevation].map((value) => String(Number(value.toFixed(4)))).join("_");
}

function cameraFrom(text: string | null): Camera | null {
  const numbers = (text ?? "").split("_").map(Number);
  if (numbers.length !== 6 || !numbers.every(Number.isFinite) || numbers[3] <= 0) return null;
  const [x, y, z, distance, azimuth, elevation] = numbers;
  return { target: [x, y, z], distance, azimuth, elevation };
}
