/** The map as the rest of the page sees it. `createMap` is in scene.ts. */
import type { Dims } from "../data/source";
import type { TokenTable } from "../data/tokens";
import type { Camera } from "../state/camera";
import type { Tool } from "../state/state";

export interface MapColors {
  /** One code a token: an index into `palette`. */
  readonly codes: Uint8Array;
  /** 256 × RGB, 0 … 255; codes that are not used may hold anything. */
  readonly palette: Uint8Array;
}

/** What stands out. Selected, found, chosen, neighbor and path tokens are drawn above the others, larger, labelled first. */
export interface Marks {
  readonly chosen: number | null;
  readonly hovered: number | null;
  /** The neighbours of the chosen token, nearest first. */
  readonly neighbors: readonly number[];
  readonly selected: Uint32Array;
  readonly found: Uint32Array | null;
  /** Joined by a line in this order, numbered. */
  readonly path: readonly number[];
  readonly isolated: boolean;
}

export interface ClusterLabel {
  readonly text: string;
  /** Written at the median place of these tokens. */
  readonly ids: Uint32Array;
  readonly color: readonly [number, number, number];
}

export interface MapTheme {
  readonly dark: boolean;
  /** CSS colours. */
  readonly background: string;
  readonly ink: string;
  readonly faint: string;
  readonly accent: string;
  readonly font: string;
}

export interface MapEvents {
  onHover(id: number | null): void;
  /** `add`: with Shift or Ctrl held. null: the empty ground. */
  onClick(id: number | null, add: boolean): void;
  /** A box or a lasso was drawn around these, ascending. */
  onArea(ids: Uint32Array, add: boolean): void;
  /** The camera came to rest after the user moved it, or after a change between 2-D and 3-D took it along. */
  onCamera(camera: Camera): void;
}

export interface MapStats {
  /** Points drawn in the last frame, and all there are to draw. */
  readonly drawn: number;
  readonly total: number;
  /** Main-thread milliseconds of the last 120 frames, the newest last. */
  readonly frames: readonly number[];
  /** Labels on the screen, in CSS pixels. */
  readonly labels: readonly { id: number; text: string; x: number; y: number; width: number; height: number }[];
  readonly gpuBytes: number;
  /** The camera rests, and labels and the pick index belong to this view. */
  readonly settled: boolean;
  /** Milliseconds of the last pick and of the last building of the index. */
  readonly pickMs: number;
  readonly indexMs: number;
}

export interface MapView {
  readonly element: HTMLElement;
  /** `importance`: all ids, the most important first: the order in which labels are tried. */
  setTokens(tokens: TokenTable, importance: Uint32Array): void;
  /** Interleaved points of any scale (they are fitted to [-1, 1]³ here, one scale for all axes), in 2-D or 3-D.
   * `animate`: glide there from where the points are; else they jump. */
  setPoints(points: Float32Array, dims: Dims, animate: boolean): void;
  /** Names on the axes, drawn through the origin of the data; null hides the axes. */
  setAxes(names: readonly string[] | null): void;
  setColors(colours: MapColors): void;
  setClusterLabels(labels: readonly ClusterLabel[]): void;
  setMarks(marks: Marks): void;
  setLabels(shown: boolean): void;
  setTool(tool: Tool): void;
  setTheme(theme: MapTheme): void;
  getCamera(): Camera;
  setCamera(camera: Camera, animate: boolean): void;
  /** Show all of these tokens, or everything. Calls onCamera when it rests. */
  fit(ids: ArrayLike<number> | null): void;
  /** The token under a place, in CSS pixels from the top left of the element. */
  pick(x: number, y: number): number | null;
  /** Where a token is on the screen, in CSS pixels; null when it is behind the eye. */
  place(id: number): { x: number; y: number } | null;
  /** The points as they are drawn, (nTokens × 3), fitted to [-1, 1]³. */
  coordinates(): Float32Array;
  /** The map as a PNG, `scale` device pixels for each CSS pixel, all points drawn, labels too. */
  png(scale: number): Promise<Blob>;
  stats(): MapStats;
  /** Resolves when all is drawn and at rest. */
  settle(): Promise<void>;
  /** Frees the GPU's memory, stops listening, removes the element. */
  destroy(): void;
}
