/**
 * The state in the part of the address after `#`: a reload or a shared link shows the same, and no server ever
 * sees it. Only what differs from the start is written.
 */
import type { Manifest, Method } from "../data/source";
import { cameraFrom, cameraText } from "./camera-text";
import { SUSPICION } from "./columns";
import { comparisonEntries, comparisonFrom, START_OF_COMPARISON } from "./comparison";
import { NO_IDS, packIds, unpackIds } from "./ids";
import { independentEntry, independentFrom, NONE_INDEPENDENT } from "./independent-axes";
import { lessonEntry, lessonFrom } from "./lessons";
import { settingEntries, settingsFrom } from "./projection-settings";
import { packRows, unpackRows } from "./rows";
import { startOfTimeline, timelineEntries, timelineFrom } from "./timeline";
import {
  type AnalogyIds,
  type AxisWords,
  type ColorBy,
  type Lang,
  METRICS,
  NEIGHBOR_COUNTS,
  NEIGHBOR_SCRIPTS,
  NO_ANALOGY,
  NO_AXIS,
  type State,
  type Theme,
  type Tool,
} from "./state";
import { pairEntry, pairFrom } from "./why";

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
  "independent",
  "colorBy",
  "labelBy",
  "search",
  "searchIn",
  "regex",
  "chosen",
  "k",
  "metric",
  "script",
  "pair",
  "analogy",
  "selected",
  "isolated",
  "tool",
  "camera",
  "text",
  "lesson",
  "lessonName",
  "contexts",
  "labels",
  "moment",
  "speed",
  "loop",
  "compared",
  "trails",
  "since",
  "directions",
  "axesOf",
  "mapLayout",
  "linked",
  "firstCamera",
  "lines",
  "movedScript",
] as const satisfies readonly (keyof State)[];
type Field = (typeof SHARED)[number];
export type SharedState = Pick<State, Field>;

/** What takes more characters than this in the address is left out of it, and a notice says so. */
const LONGEST = { rows: 30_000, selected: 30_000, text: 10_000, search: 10_000 } as const satisfies Partial<
  Record<Field, number>
>;
type Limited = keyof typeof LONGEST;
/** Fields that are too long for the address. */
export type LeftOut = Pick<State, Limited>;

const METHODS: readonly Method[] = ["none", "pca", "umap", "tsne", "axes"];
const NO_CONTEXTS: State["contexts"] = ["", ""];

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
    independent: NONE_INDEPENDENT,
    colorBy: startColor(manifest),
    labelBy: null,
    search: "",
    searchIn: null,
    regex: false,
    found: null,
    chosen: null,
    k: 10,
    metric: "cosine",
    script: null,
    pair: null,
    analogy: NO_ANALOGY,
    selected: NO_IDS,
    isolated: false,
    hovered: null,
    cursor: null,
    tool: "move",
    camera: null,
    text: "",
    path: [],
    lesson: null,
    lessonName: "first",
    contexts: NO_CONTEXTS,
    labels: true,
    ...startOfTimeline(manifest),
    ...START_OF_COMPARISON,
    progress: { stage: "start", overall: 0, leftS: null, before: 0, running: false, error: null },
  };
}

function startColor(manifest: Manifest): ColorBy {
  const { nTokens, hasCounts, columns } = manifest;
  if (manifest.comparison && !manifest.comparison.isEqual) return `column:${manifest.comparison.columns.movement}`;
  const suspicion = columns.findIndex(({ name }) => name === SUSPICION);
  if (suspicion >= 0) return `column:${suspicion}`; // a page of suspects was asked for
  if (nTokens <= 12) return "none";
  // Clusters of a larger table take too long for a first view.
  if (nTokens <= 200_000) return "cluster";
  return hasCounts ? "frequency" : "script";
}

/** The fields of `state` that are too long for the address. `importance`: all ids, those of most use first. */
export function leftOut(state: LeftOut, importance: Uint32Array = NO_IDS): Partial<LeftOut> {
  const { rows, selected, text, search } = state;
  return {
    ...(packRows(rows, importance).length > LONGEST.rows && { rows }),
    ...(packIds(selected).length > LONGEST.selected && { selected }),
    ...(lengthInAddress(text) > LONGEST.text && { text }),
    ...(lengthInAddress(search) > LONGEST.search && { search }),
  };
}

function lengthInAddress(text: string): number {
  return new URLSearchParams({ "": text }).toString().length - 1;
}

/** `state` with those fields of `kept`, from whoever, that are what leftOut gives. */
export function withLeftOut(state: State, kept: unknown, { nTokens, drawsAnew }: Manifest): State {
  const { rows, selected, text, search } = (kept ?? {}) as Partial<Record<Limited, unknown>>;
  return {
    ...state,
    ...(rows instanceof Uint32Array && drawsAnew && { rows: rows.filter((id) => id < nTokens) }),
    ...(selected instanceof Uint32Array && { selected: selected.filter((id) => id < nTokens) }),
    ...(typeof text === "string" && { text }),
    ...(typeof search === "string" && { search }),
  };
}

/** The address part of `state`, without "#". `importance`: all ids, those of most use first. */
export function toHash(state: SharedState, start: State, importance: Uint32Array = NO_IDS): string {
  const parts = new URLSearchParams();
  const tooLong = leftOut(state, importance);
  const put = (key: string, value: string | number, normal: string | number) => {
    if (value !== normal) parts.set(key, String(value));
  };
  put("lang", state.lang, start.lang);
  put("theme", state.theme, start.theme);
  put("method", state.method, start.method);
  put("dims", state.dims, start.dims);
  put("seed", state.seed, start.seed);
  for (const [key, value] of settingEntries(state)) parts.set(key, value);
  put("rows", tooLong.rows ? "" : packRows(state.rows, importance), "");
  if (state.axes.some(({ from, to }) => from || to))
    parts.set(
      "axes",
      state.axes
        .flatMap(({ from, to }) => [from, to])
        .map(escaped)
        .join("~"),
    );
  put("independent", independentEntry(state.independent), "");
  put("color", state.colorBy, start.colorBy);
  put("labelBy", state.labelBy ?? "", "");
  put("searchIn", state.searchIn ?? "", "");
  put("search", tooLong.search ? "" : state.search, "");
  put("regex", Number(state.regex), 0);
  put("token", state.chosen ?? "", "");
  put("k", state.k, start.k);
  put("metric", state.metric, start.metric);
  put("script", state.script ?? "", "");
  put("why", pairEntry(state.pair), "");
  put("analogy", state.analogy.map((id) => id ?? "").join("~"), "~~");
  put("selected", tooLong.selected ? "" : packIds(state.selected), "");
  put("isolated", Number(state.isolated), 0);
  put("tool", state.tool, "move");
  put("text", tooLong.text ? "" : state.text, "");
  put("labels", Number(state.labels), 1);
  put("lesson", lessonEntry(state), "");
  put("contexts", state.contexts.map(escaped).join("~"), "~");
  for (const [key, value] of timelineEntries(state, start)) parts.set(key, value);
  for (const [key, value] of comparisonEntries(state)) parts.set(key, value);
  if (state.camera !== null) parts.set("camera", cameraText(state.camera));
  return parts.toString();
}

/**
 * `start` with what `hash` (with or without "#") changes in it; invalid values are ignored. `importance`: all ids,
 * those of most use first; while it is not known, the address can not name these.
 */
export function fromHash(hash: string, start: State, manifest: Manifest, importance: Uint32Array = NO_IDS): State {
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
    rows: manifest.drawsAnew ? unpackRows(parts.get("rows") ?? "", importance, manifest.nTokens) : NO_IDS,
    axes: axesFrom(parts.get("axes")) ?? start.axes,
    independent: independentFrom(parts.get("independent"), manifest),
    colorBy: colorFrom(parts.get("color"), manifest) ?? start.colorBy,
    labelBy: whole("labelBy", manifest.columns.length),
    search: parts.get("search") ?? "",
    searchIn: whole("searchIn", manifest.columns.length),
    regex: parts.get("regex") === "1",
    chosen: whole("token", manifest.nTokens),
    k: NEIGHBOR_COUNTS.find((count) => count === whole("k", 1000)) ?? start.k,
    metric: one("metric", METRICS, start.metric),
    script: NEIGHBOR_SCRIPTS.find((script) => script === parts.get("script")) ?? null,
    pair: pairFrom(parts.get("why"), manifest.nTokens),
    analogy: analogyFrom(parts.get("analogy"), manifest.nTokens),
    selected: unpackIds(parts.get("selected") ?? "", manifest.nTokens),
    isolated: parts.get("isolated") === "1",
    tool: one<Tool>("tool", ["move", "box", "lasso"], "move"),
    text: parts.get("text") ?? "",
    labels: parts.get("labels") !== "0",
    ...lessonFrom(parts.get("lesson"), manifest),
    contexts: contextsFrom(parts.get("contexts")) ?? start.contexts,
    ...timelineFrom(parts, manifest),
    ...comparisonFrom(parts, manifest, NEIGHBOR_SCRIPTS),
    camera: cameraFrom(parts.get("camera")),
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
  const words = unescaped(text, 6);
  return words && [0, 2, 4].map((at) => ({ from: words[at], to: words[at + 1] }));
}

function contextsFrom(text: string | null): State["contexts"] | null {
  const texts = unescaped(text, 2);
  return texts && [texts[0], texts[1]];
}

/** What `escaped` has written `n` times with "~" between; null where it has not. */
function unescaped(text: string | null, n: number): string[] | null {
  const words = text?.split("~") ?? [];
  if (words.length !== n) return null;
  try {
    return words.map(decodeURIComponent);
  } catch {
    return null;
  }
}

function colorFrom(text: string | null, manifest: Manifest): ColorBy | null {
  const column = /^column:(\d{1,6})$/.exec(text ?? "");
  if (column) return Number(column[1]) < manifest.columns.length ? `column:${Number(column[1])}` : null;
  const allowed: readonly ColorBy[] = ["none", "frequency", "norm", "script", "cluster"];
  if (text === "similarity") return manifest.hasVectors ? text : null;
  return allowed.find((value) => value === text) ?? null;
}
