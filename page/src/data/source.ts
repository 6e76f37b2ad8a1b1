/**
 * All that the page can ask for, of a server or of the data inside an exported file.
 *
 * Ids are rows of the table, 0 … nTokens - 1. All promises reject with an Error whose message is one line
 * for the reader; an aborted call rejects with an AbortError.
 */
import type { LanguageModelInfo, LanguageModelSource } from "./language-model";
import type { LetterScript } from "./scripts";
import type { TokenTable } from "./tokens";
import type { Explains, ExplainingSource } from "./why";

export type Dims = 2 | 3;
export type Method = "none" | "pca" | "umap" | "tsne" | "axes";
export type Metric = "cosine" | "euclidean";

/** What is known at the start. Written by tovec/server/page_data.py. */
export interface Manifest {
  readonly version: 1;
  readonly title: string;
  readonly nTokens: number;
  readonly dim: number;
  readonly hasCounts: boolean;
  /** Ids of tokens that stand for no text, such as the end of a document, ascending. */
  readonly special: readonly number[];
  /** Whether vectors are available, and with them neighbors, analogies and custom axes. */
  readonly hasVectors: boolean;
  /** null: the tokenizer is unknown, or the exported file cannot hold it. `unknown`: the id of the unknown token. */
  readonly tokenizer: { readonly name: string; readonly unknown: number | null } | null;
  readonly columns: readonly ColumnInfo[];
  readonly methods: readonly MethodInfo[];
  /** The projection to begin with. */
  readonly start: { readonly method: Method; readonly dims: Dims };
  /** The tables of a model, where it has several: "./" is this one, the others are pages at these addresses. */
  readonly tables: readonly { readonly name: "input" | "output"; readonly path: string }[];
  /** Whether a projection can be computed again from another seed; an exported file holds one of each. */
  readonly drawsAnew: boolean;
  /** Where the table is that of several moments: all that is asked without a moment is about the last. */
  readonly timeline: TimelineInfo | null;
  /** Where two tables are compared, which are then the two moments of the timeline. */
  readonly comparison: ComparisonInfo | null;
  /** null: the table is not that of a language model, or no server is there to ask it. */
  readonly languageModel: LanguageModelInfo | null;
  /** Why two tokens are near, and the independent axes of the table; null: no server is there to ask. */
  readonly explains: Explains | null;
  /** Only in a file: whether `tovec view` would have a language model to ask. */
  readonly predictsWithServer?: boolean;
  /** Only in a folder: how many nearest tokens of each are stored, with their cosines. */
  readonly neighbors?: number;
  /** Beside `neighbors`: the share of the true ones among them, 1 where all pairs of tokens were compared. */
  readonly neighborRecall?: number;
}

/** Moments of one table, the earliest first. */
export interface TimelineInfo {
  /** What progress is counted in; "": unknown. */
  readonly unit: "ids" | "steps" | "";
  readonly moments: readonly MomentInfo[];
  /** What a reader should know, one line each: moments or tokens that were left out. */
  readonly findings: readonly string[];
  /** Whether moments are still being added. */
  readonly live: boolean;
  /** Only in a file: whether it holds the vectors of all moments, where it holds those of the last. */
  readonly hasVectors?: boolean;
  /** Ids of words that every reader knows, and that mean something by themselves: no words of grammar. */
  readonly familiar: readonly number[];
}

/** Two tables of one vocabulary, all tokens of both: the first is moment 0, the second moment 1. */
export interface ComparisonInfo {
  readonly names: readonly [string, string];
  /** "shared": compared as they are; "rotated": the first is drawn rotated onto the second; "unrelated": neither fits. */
  readonly coordinates: "shared" | "rotated" | "unrelated";
  /** The mean cosine of tokens with themselves, as they are and after a rotation; null: not measured. */
  readonly cosineAsIs: number | null;
  readonly cosineRotated: number | null;
  /** What the vectors of the first are multiplied by before they are compared. */
  readonly scale: number;
  /** Both have the same numbers. */
  readonly isEqual: boolean;
  readonly nCommon: number;
  /** Of these, those that moved farther than noise. */
  readonly nMoved: number;
  /** Tokens of the second alone, and of the first alone. */
  readonly nAdded: number;
  readonly nRemoved: number;
  /** What noise is, and how tokens were matched, one line each; "": nothing to say. */
  readonly noise: string;
  readonly matched: string;
  /** Which columns hold what is known of each token; null: there is none. */
  readonly columns: ComparisonColumns;
}

export interface ComparisonColumns {
  readonly movement: number;
  readonly cosine: number;
  /** A category: 1 in both tables, 2 in the first alone, 3 in the second alone. */
  readonly where: number;
  /** What a movement has to exceed. */
  readonly noise: number;
  readonly counts: readonly [number | null, number | null];
}

/** null: unknown. */
export interface MomentInfo {
  readonly name: string;
  readonly progress: number | null;
  readonly epoch: number | null;
  readonly loss: number | null;
  readonly validationLoss: number | null;
}

/** A column of metadata, joined on the token. */
export interface ColumnInfo {
  readonly name: string;
  readonly kind: "category" | "number";
  /** For a category: the meaning of its codes. Code 0 is "no value", so code c has the label labels[c - 1]. */
  readonly labels: readonly string[];
}

/** A projection on offer. `missing` says in one line why it is not available. */
export interface MethodInfo {
  readonly method: Method;
  readonly dims: readonly Dims[];
  readonly missing: string | null;
  /** The numbers that it can be given. */
  readonly settings: readonly SettingInfo[];
}

export type SettingName = "neighbors" | "min_dist" | "perplexity";

/** A number that a method can be given, from `lowest` to `highest`. Written from tovec/projection/settings.py. */
export interface SettingInfo {
  readonly name: SettingName;
  readonly default: number;
  readonly lowest: number;
  readonly highest: number;
  readonly step: number;
}

export interface Column {
  readonly info: ColumnInfo;
  /** Codes (Uint16Array) of a category, values (Float32Array, NaN = no value) of a number; one per token. */
  readonly values: Uint16Array | Float32Array;
}

/** A direction from the mean of some tokens to the mean of others. */
export interface TokenAxis {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The number of an independent axis of the table, from 1; of a server alone. */
export interface IndependentAxis {
  readonly independent: number;
}

/** A direction; a coordinate is the cosine with it. */
export type Axis = TokenAxis | IndependentAxis;

export interface ProjectionRequest {
  readonly method: Method;
  readonly dims: Dims;
  readonly seed: number;
  /** Only for method "axes": one for each dimension. */
  readonly axes: readonly Axis[];
  /** Numbers of the method; those that are not here have their default. */
  readonly settings: Readonly<Partial<Record<SettingName, number>>>;
  /** Only for method "pca": which component each axis is, counted from 1; empty: the first ones. */
  readonly components: readonly number[];
  /** Ids, ascending, of the tokens that are projected alone: the others get no point, NaN. Empty: all tokens. */
  readonly rows: Uint32Array;
  /** Only of a timeline: whether all vectors are drawn at length 1. */
  readonly directions?: boolean;
  /** Only of a timeline: the moment whose axes all moments have. */
  readonly axesOf?: AxesOf;
}

export type AxesOf = "last" | "first";

/** Both are null where all vectors point the same way: then no neighbor is nearer than another. */
export interface Trust {
  /** Venna and Kaski 2001: 1 when no false neighbor appears in the projection, k = 15. */
  readonly trustworthiness: number | null;
  /** The share of a token's 15 nearest in the original space that are among its 15 nearest in the projection. */
  readonly kept: number | null;
}

/** One step of a running projection; the last has stage "done". */
export interface ProjectionUpdate {
  /** "waiting", "start", "neighbors", "recall", "graph", "layout", "trust", "done". */
  readonly stage: string;
  /** How many other computations are ahead in the queue, while it waits; else 0. */
  readonly before: number;
  /** The progress of all stages together, 0 … 1; it never goes back. */
  readonly overall: number;
  /** How many seconds are left, roughly; null while that is unknown. */
  readonly leftS: number | null;
  /**
   * Interleaved x, y(, z), `dims` a token, one moment after another; null when they have not moved since the last
   * update. NaN: a token without a place.
   */
  readonly points: Float32Array | null;
  /** Of how many moments the points are: 1, or all those of the timeline. */
  readonly moments: number;
  readonly dims: Dims;
  readonly axisNames: readonly string[];
  /** The share of variance along each axis; null where the method has none. */
  readonly explained: readonly number[] | null;
  readonly trust: Trust | null;
  /** The share of the true neighbors that the map was made of; null where the method needs none, or not known yet. */
  readonly recall: number | null;
  /**
   * Of a timeline: how far tokens move from moment to moment whose neighbors stay the same, relative to the size of
   * the picture; null while unknown.
   */
  readonly jitter: number | null;
  /** Of a timeline: whether the tables of its moments were rotated onto each other, since each had a space of its own. */
  readonly rotated: boolean;
}

export type LiveState = "training" | "finished" | "interrupted" | "failed";

/** How far the training of a table has come. */
export interface Training {
  readonly state: LiveState;
  /** Ids seen, and all ids of all epochs. */
  readonly progress: number;
  readonly total: number;
  /** How many epochs have passed, such as 1.25. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number | null;
  readonly validationLoss: number | null;
  /** 0: unknown. */
  readonly wordsPerS: number;
  readonly leftS: number | null;
  /** Progress and loss, since the run began. */
  readonly losses: readonly (readonly [progress: number, loss: number])[];
  /** One line on why it failed; else empty. */
  readonly message: string;
}

/** The same, with what the table looks like at that time. */
export interface LiveUpdate {
  readonly training: Training;
  /** Interleaved x, y(, z); null where they are those of the update before. NaN: a token without a place. */
  readonly points: Float32Array | null;
  readonly dims: Dims;
}

export interface Neighbor {
  readonly id: number;
  /** The cosine, or minus the distance when the metric is euclidean: the larger, the nearer. */
  readonly score: number;
}

export interface NearestRequest {
  /** One id for neighbors; b and c of "a is to b as c is to ?" for an analogy. */
  readonly positive: readonly number[];
  /** a of that analogy. The vectors are added at length 1 (3CosAdd), and the tokens of the question are left out. */
  readonly negative: readonly number[];
  readonly k: number;
  readonly metric: Metric;
  /** Of a timeline; the last one where it is left out. */
  readonly moment?: number;
  /** Only tokens all of whose letters are of this script; any where it is left out. */
  readonly script?: LetterScript;
}

/** A token found in a text; it covers text.slice(start, end), in UTF-16 units. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly token: string;
  /** null: not in the vocabulary. The unknown token's own id counts as unknown too: `known` is false. */
  readonly id: number | null;
  readonly known: boolean;
}

/** The tokens of a text. */
export interface TextTokens {
  readonly pieces: readonly Piece[];
  /** How much of the text was tokenized, in UTF-16 units: not all of a very long one. */
  readonly end: number;
}

export interface Clusters {
  /** The cluster of each token; 255 = none. At most 12 clusters. */
  readonly codes: Uint8Array;
  /** For each cluster the ids of its most typical tokens, the most typical first. */
  readonly typical: readonly (readonly number[])[];
}

/**
 * Whether the server answers. "refused": it was started again, so it has another key; "restarted": the same, and the
 * browser has that key already; "silent": the kernel of a notebook does not. A file is always "open".
 */
export type Connection = "open" | "lost" | "refused" | "restarted" | "silent";

/**
 * Rows that point nowhere, so that they have no neighbors, or that have no place in a projection: those that are not
 * finite have neither, those of zeros only a place, and those too large for float32 only neighbors.
 */
export interface UndirectedRows {
  readonly reason: "nan" | "infinity" | "zero" | "large";
  readonly n: number;
  /** The first of their ids, ascending. */
  readonly first: readonly number[];
}

export interface DataSource extends LanguageModelSource, ExplainingSource {
  /** Another one after `reread`. */
  readonly manifest: Manifest;
  /** Read the manifest again, since the training of the table has ended. */
  reread(): Promise<void>;
  /**
   * Follow the training of the table: calls `onUpdate` with each picture, and resolves after the one whose state is that
   * of the end. Its points are the principal components of the directions of now, turned so as to follow those before.
   */
  live(dims: Dims, onUpdate: (update: LiveUpdate) => void, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `listener` at every change, until the returned function is called. Meanwhile questions that do not reach the
   * server wait until it answers, and do not fail.
   */
  watch(listener: (now: Connection) => void): () => void;
  tokens(): Promise<TokenTable>;
  /** How often each token was counted; null when unknown. */
  counts(): Promise<Float64Array | null>;
  /**
   * All ids, those of most use to a reader first: the most frequent; where nothing is counted, whole words of the
   * reader's language ("en", "ko"). The order is that of tovec/text/importance.py.
   */
  importance(lang: string): Promise<Uint32Array>;
  /** The length of each vector; NaN where it holds NaN or infinity. */
  norms(): Promise<Float32Array>;
  /** By reason; empty where every row has a direction. */
  undirected(): Promise<readonly UndirectedRows[]>;
  column(index: number): Promise<Column>;
  /** `onProgress` hears how many other computations are ahead in the queue, then how far this one is, 0 … 1. */
  clusters(onProgress: (before: number, done: number) => void, signal?: AbortSignal): Promise<Clusters>;
  /** Calls `onUpdate` at each step of a projection; resolves after "done". Aborting stops the computation. */
  project(
    request: ProjectionRequest,
    onUpdate: (update: ProjectionUpdate) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  vector(id: number, signal?: AbortSignal, moment?: number): Promise<Float32Array>;
  /** The vectors of these tokens, one row of `dim` numbers each. `onRows` hears how many have arrived. */
  vectors(ids: Uint32Array, onRows: (n: number) => void, signal?: AbortSignal): Promise<Float32Array>;
  nearest(request: NearestRequest, signal?: AbortSignal): Promise<readonly Neighbor[]>;
  /** The cosine of every token with one; NaN where one of the two has no direction. */
  similarities(id: number, signal?: AbortSignal, moment?: number): Promise<Float32Array>;
  /** For each moment the cosine of two tokens, or where the other is null, the length of the vector of one; NaN: none. */
  overTime(id: number, other: number | null, signal?: AbortSignal): Promise<Float32Array>;
  tokenize(text: string, signal?: AbortSignal): Promise<TextTokens>;
}
