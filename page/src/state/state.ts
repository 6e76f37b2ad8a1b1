/** What the page shows, and nothing else: no DOM, no data. `url.ts` writes the part of it that is shared. */
import type { AxesOf, Dims, Method, Metric, SettingName } from "../data/source";
import type { LetterScript } from "../data/scripts";
import type { Camera } from "./camera";
import type { Lines, MapLayout } from "./comparison";
import type { Independent } from "./independent-axes";
import type { LessonName } from "./lessons";
import type { Since, Speed, Trails } from "./timeline";
import type { Pair } from "./why";

export type Lang = "en" | "ko";
export type Theme = "auto" | "light" | "dark";
export type Tool = "move" | "box" | "lasso";
/** "similarity": that to the chosen token. "column:3" is the third column of the metadata, counted from 0. */
export type ColorBy = "none" | "frequency" | "norm" | "script" | "cluster" | "similarity" | `column:${number}`;

export const METRICS = ["cosine", "euclidean"] as const satisfies readonly Metric[];
// prettier-ignore
export const NEIGHBOR_SCRIPTS = [
  "latin", "hangul", "han", "kana", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai",
] as const satisfies readonly LetterScript[];
export const NEIGHBOR_COUNTS = [10, 25, 100] as const;
export type NeighborCount = (typeof NEIGHBOR_COUNTS)[number];
export type AnalogyIds = readonly [number | null, number | null, number | null];
export const NO_ANALOGY: AnalogyIds = [null, null, null];

export interface AxisWords {
  /** Tokens separated by spaces, as they were typed. */
  readonly from: string;
  readonly to: string;
}
export const NO_AXIS: AxisWords = { from: "", to: "" };

export interface State {
  readonly lang: Lang;
  readonly theme: Theme;
  readonly method: Method;
  readonly dims: Dims;
  readonly seed: number;
  /** Numbers of the methods, those that are not the default. */
  readonly settings: Readonly<Partial<Record<SettingName, number>>>;
  /** Which principal component each axis is, counted from 1; empty: the first ones. */
  readonly components: readonly number[];
  /** Ids, ascending, of the tokens that are projected alone; empty: all tokens. */
  readonly rows: Uint32Array;
  /** The custom axes as typed; always three, the third for 3-D alone. */
  readonly axes: readonly AxisWords[];
  /** Which of the custom axes are independent axes of the table instead. */
  readonly independent: Independent;
  readonly colorBy: ColorBy;
  /** What the labels on the map say: the tokens, null, or a column of the metadata. */
  readonly labelBy: number | null;
  readonly search: string;
  /** What is searched: the tokens, null, or a column of the metadata. */
  readonly searchIn: number | null;
  readonly regex: boolean;
  /** Ids found by the search, the closest to what was typed first; null when there is no search. Not in the address. */
  readonly found: Uint32Array | null;
  /** The token that the inspector shows. */
  readonly chosen: number | null;
  /** How many neighbors of it are listed, and by which measure. */
  readonly k: NeighborCount;
  readonly metric: Metric;
  /** Of which script they are; null: of any. */
  readonly script: LetterScript | null;
  /** The two tokens of which the page says why they are near. */
  readonly pair: Pair | null;
  /** The ids of a, b and c in "a is to b as c is to ?"; null where the field is empty. */
  readonly analogy: AnalogyIds;
  /** Ids, ascending. */
  readonly selected: Uint32Array;
  /** Only the selected tokens are drawn. */
  readonly isolated: boolean;
  /** Not in the address. */
  readonly hovered: number | null;
  /** The token that the arrow keys have reached on the map. Not in the address. */
  readonly cursor: number | null;
  readonly tool: Tool;
  /** null: where the picture opens. */
  readonly camera: Camera | null;
  /** What is typed in the text pane. */
  readonly text: string;
  /** Ids along the path of the text, in reading order, unknown pieces left out. Not in the address. */
  readonly path: readonly number[];
  /** The step of the lesson that is open, from 0; null when none is. */
  readonly lesson: number | null;
  /** Which lesson that is. */
  readonly lessonName: LessonName;
  /** The two texts in which the lesson on a language model compares a token; "": one that suits the model. */
  readonly contexts: readonly [string, string];
  readonly labels: boolean;
  /** The moment of the timeline that is shown, counted from 0; while it plays it lies between two. */
  readonly moment: number;
  /** Not in the address. */
  readonly playing: boolean;
  readonly speed: Speed;
  readonly loop: boolean;
  /** The token whose similarity to the chosen one is followed over time; null: the nearest at the end. */
  readonly compared: number | null;
  readonly trails: Trails;
  readonly since: Since;
  /** All vectors are drawn at length 1. */
  readonly directions: boolean;
  /** The moment whose axes all moments have. */
  readonly axesOf: AxesOf;
  /** How two tables are shown that are compared. */
  readonly mapLayout: MapLayout;
  /** Of two maps side by side: both are seen from the same place. */
  readonly linked: boolean;
  /** That of the map of the first table, where they are not; null: where the picture opens. */
  readonly firstCamera: Camera | null;
  /** Whose ways from the first table to the second are drawn on one map. */
  readonly lines: Lines;
  /** Of which script the tokens are that are listed as moved most; null: of any. */
  readonly movedScript: LetterScript | null;
  /** How far the projection has come. Not in the address. */
  readonly progress: Progress;
}

export interface Progress {
  readonly stage: string;
  /** The share of all stages that is done, 0 … 1. */
  readonly overall: number;
  /** How many seconds are left, roughly; null while that is unknown. */
  readonly leftS: number | null;
  /** How many computations are ahead in the server's queue, while the stage is "waiting". */
  readonly before: number;
  /** A projection is being computed. */
  readonly running: boolean;
  readonly error: string | null;
}
