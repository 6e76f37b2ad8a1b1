/** What the page shows, and nothing else: no DOM, no data. `url.ts` writes the part of it that is shared. */
import type { Dims, Method } from "../data/source";
import type { Camera } from "./camera";

export type Lang = "en" | "ko";
export type Theme = "auto" | "light" | "dark";
export type Tool = "move" | "box" | "lasso";
/** "column:3" is the third column of the metadata, counted from 0. */
export type ColourBy = "none" | "frequency" | "norm" | "script" | "cluster" | `column:${number}`;

export interface AxisWords {
  /** Tokens separated by spaces, as they were typed. */
  readonly from: string;
  readonly to: string;
}

export interface State {
  readonly lang: Lang;
  readonly theme: Theme;
  readonly method: Method;
  readonly dims: Dims;
  readonly seed: number;
  /** The custom axes as typed; always three, the third for 3-D alone. */
  readonly axes: readonly AxisWords[];
  readonly colourBy: ColourBy;
  readonly search: string;
  readonly regex: boolean;
  /** Ids found by the search, in order of importance; null when nothing is searched. Not in the URL. */
  readonly found: Uint32Array | null;
  /** The one token the inspector shows. */
  readonly chosen: number | null;
  /** Ids, ascending. */
  readonly selected: Uint32Array;
  /** Only the selected tokens are drawn. */
  readonly isolated: boolean;
  /** Not in the URL. */
  readonly hovered: number | null;
  readonly tool: Tool;
  readonly camera: Camera;
  /** What is typed in the text pane. */
  readonly text: string;
  /** Ids along the path of the text, in reading order, unknown pieces left out. Not in the URL. */
  readonly path: readonly number[];
  /** The step of the first lesson that is open, from 0; null when it is closed. */
  readonly lesson: number | null;
  readonly labels: boolean;
  /** How far the picture has come. Not in the URL. */
  readonly progress: Progress;
}

export interface Progress {
  readonly stage: string;
  readonly fraction: number;
  /** How many computations of the server come first, while the stage is "waiting". */
  readonly before: number;
  /** Running: a projection is being computed. */
  readonly running: boolean;
  readonly error: string | null;
}
