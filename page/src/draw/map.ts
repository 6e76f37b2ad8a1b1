/** The map as the rest of the page uses it. `createMap` is in scene.ts. */
import type { Dims } from "../data/source";
import type { TokenTable } from "../data/tokens";
import type { Camera } from "../state/camera";
import type { PictureFrame, PictureOptions } from "../state/picture";
import type { Tool } from "../state/state";
import type { Box } from "./boxes";
import type { Rgb } from "./colors";

export interface MapColors {
  /** By id: an index into `palette`. */
  readonly codes: Uint8Array;
  /** 256 × (red, green, blue); entries of unused codes may hold anything. */
  readonly palette: Uint8Array;
}

/** What stands out: these tokens are drawn above the others, larger, and get labels first. */
export interface Marks {
  readonly chosen: number | null;
  readonly hovered: number | null;
  /** Whether the chosen token with its neighbors, or an analogy, is all that stands out: everything else fades. */
  readonly isFocus: boolean;
  /** In focus all points keep their colors, which say how near each is to the chosen token. */
  readonly keepsColors: boolean;
  /** Of the chosen token, nearest first. */
  readonly neighbors: readonly number[];
  /** The first neighbors are named; this is written after their names. */
  readonly similarities: readonly string[];
  /** Each joins two tokens, from the first to the second; all of them are named. */
  readonly arrows: readonly (readonly [number, number])[];
  readonly selected: Uint32Array;
  readonly found: Uint32Array | null;
  /** Joined by a line in this order, with numbers. */
  readonly path: readonly number[];
  readonly isolated: boolean;
}

export interface ClusterLabel {
  readonly text: string;
  /** The label is written at the median place of these tokens. */
  readonly ids: Uint32Array;
  readonly color: Rgb;
}

export interface MapTheme {
  readonly dark: boolean;
  /** CSS colors. */
  readonly background: string;
  readonly ink: string;
  readonly faint: string;
  readonly accent: string;
  readonly font: string;
}

export interface MapEvents {
  onHover(id: number | null): void;
  /** null: no token is there. `add`: Shift, Ctrl or Meta was held. */
  onClick(id: number | null, add: boolean): void;
  /** A box or a lasso was drawn around these ids, ascending. */
  onArea(ids: Uint32Array, add: boolean): void;
  /** The camera came to rest after the user or a change between 2-D and 3-D moved it; null: where a picture opens. */
  onCamera(camera: Camera | null): void;
  /** The camera moves, or has moved; null: it is at home, where a picture opens, or on its way there. */
  onMove?(camera: Camera | null): void;
}

export interface MapStats {
  /** Points drawn in the last frame, and all there are to draw. */
  readonly drawn: number;
  readonly total: number;
  /** Main-thread milliseconds of the last 120 frames, the newest last. */
  readonly frames: readonly number[];
  /** Labels on the screen, in CSS pixels; `note`: what is written after the name. */
  readonly labels: readonly (Box & { readonly id: number; readonly text: string; readonly note: string })[];
  /** The numbers on the axes, and the marks of outliers out of view, alike. */
  readonly ticks: readonly { text: string; x: number; y: number }[];
  readonly edgeMarks: readonly { id: number; text: string; x: number; y: number }[];
  readonly gpuBytes: number;
  /** The camera rests, and the labels and the index for picking are those of this view. */
  readonly settled: boolean;
  /** Milliseconds that the last pick and the last building of the index took. */
  readonly pickMs: number;
  readonly indexMs: number;
}

/** A canvas that a video is recorded from. */
export interface MapFilm {
  readonly canvas: HTMLCanvasElement;
  /** Draw the map as it is now, all points, on its background; the canvas keeps its size. */
  draw(frame: PictureFrame | null): void;
}

export interface MapView {
  readonly element: HTMLElement;
  /** What places on the screen are relative to: the element, or the one of two maps that was used last. */
  readonly viewport: HTMLElement;
  /** `importance`: all ids, the most important first: the order in which labels are tried. */
  setTokens(tokens: TokenTable, importance: Uint32Array): void;
  /** Another order of importance, for the same tokens. */
  setImportance(importance: Uint32Array): void;
  /**
   * `points`: x, y(, z) interleaved by id, of any scale (all but outliers are fitted into [-1, 1]³ here, one scale for
   * all axes; an outlier that is out of view has a mark with its name at the edge of the map).
   * `animate`: the points glide there from where they are; else they jump. Those of a timeline come one moment after
   * another and are fitted together; `moment` is the one to show, and may lie between two.
   */
  setPoints(points: Float32Array, dims: Dims, animate: boolean, moment?: number): void;
  /**
   * The points of a table in training, which follow those before at a steady speed within so many ms. They are fitted as
   * those were as long as that shows them well; where the user has moved the camera, always.
   */
  followPoints(points: Float32Array, dims: Dims, steadyMs: number): void;
  /** Show these points at another moment. */
  setMoment(moment: number, animate: boolean): void;
  /** Draw the ways of these tokens through all moments; the first stands out if it is the chosen one. */
  setTrails(ids: readonly number[]): void;
  /** Whether points are on their way to another projection or moment. */
  isGliding(): boolean;
  /** A part of the map, in CSS pixels from its top left, that something stands over; null: nothing does. */
  setCovered(covered: Box | null): void;
  /** Names on the axes, drawn through the origin of the data with the data's own numbers; null hides the axes. */
  setAxes(names: readonly string[] | null): void;
  setColors(colors: MapColors): void;
  setClusterLabels(labels: readonly ClusterLabel[]): void;
  /** What the labels say, by id; at first the tokens. */
  setNames(names: TokenTable): void;
  /** `first`: where two tables are compared, the marks on the map of the first. */
  setMarks(marks: Marks, first?: Marks): void;
  setLabels(shown: boolean): void;
  setTool(tool: Tool): void;
  setTheme(theme: MapTheme): void;
  getCamera(): Camera;
  /** null: the camera of a picture as it opens, which shows all but outliers, also when the map changes its size. */
  setCamera(camera: Camera | null, animate: boolean): void;
  /** Move the camera to show all of these tokens; null: all but outliers. Calls onCamera when it rests. */
  fit(ids: ArrayLike<number> | null): void;
  /** Move the camera to a token, keeping direction and distance: where it goes; null: the token has no place. */
  lookAt(id: number): Camera | null;
  /** The token under a place, in CSS pixels from the top left of the element; also under the mark of an outlier. */
  pick(x: number, y: number): number | null;
  /** Where a token is on the screen, in CSS pixels; null when it is behind the camera or has no place. */
  place(id: number): { x: number; y: number } | null;
  /** Where the camera finds the points, x, y, z interleaved by id: not their own numbers, but fitted into [-1, 1]³. */
  coordinates(): Float32Array;
  /** The same of these tokens at all moments of a timeline; those without a place at one are left out there. */
  ways(ids: readonly number[]): Float32Array;
  /** The map as a PNG, `scale` device pixels for each CSS pixel, all points drawn, labels too. */
  png(scale: number, options?: PictureOptions): Promise<Blob>;
  /** A canvas of the size that the map has now, in device pixels, and of what `frame` adds. */
  film(frame: PictureFrame | null): MapFilm;
  stats(): MapStats;
  /** Resolves when everything is drawn and at rest. */
  settle(): Promise<void>;
  /** Frees the GPU's memory, stops listening, removes the element. */
  destroy(): void;
}
