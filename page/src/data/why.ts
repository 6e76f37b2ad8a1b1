/** Why two tokens are near, at the last moment; the server alone answers. Written by tovec/server/explaining.py. */

/** What the server can explain. `text`: the names of the files that lines are shown of; null: where they are is unknown. */
export interface Explains {
  readonly text: string | null;
}

/** The axes of an independent component analysis of the table. */
export interface IndependentAxes {
  /** For each, from axis 1 on, the tokens farthest along it, which name it. */
  readonly axes: readonly (readonly number[])[];
  /** Whether they came to rest. */
  readonly converged: boolean;
}

/** What one axis adds to a cosine. */
export interface AxisShare {
  /** Its number, from 1. */
  readonly axis: number;
  readonly tokens: readonly number[];
  readonly contribution: number;
  /** How likely two tokens that have nothing to do with the axis have a product as far from 0. */
  readonly p: number;
  /** Whether that is too far to be a chance, among all axes. */
  readonly isSignificant: boolean;
}

/** A cosine as a sum: of all contributions, of what both get from the mean of all rows, and of what no axis has. */
export interface Why {
  readonly similarity: number;
  readonly mean: number;
  readonly outside: number;
  readonly converged: boolean;
  /** The greatest contribution first. */
  readonly shares: readonly AxisShare[];
}

/** A token that stands near both. */
export interface SharedContext {
  readonly id: number;
  /** How often with the one and with the other. */
  readonly counts: readonly [number, number];
  /** Of the cosine that the two have by their contexts. */
  readonly share: number;
}

/** A place in the text; "both": `word` goes from the one to the other. */
export interface KeywordInContext {
  readonly kind: "a" | "b" | "both";
  readonly before: string;
  readonly word: string;
  readonly after: string;
}

/** What the text says of two tokens. */
export interface Evidence {
  /** How many tokens on each side count as context. */
  readonly window: number;
  readonly counts: readonly [number, number];
  /** How often they stand within the window of each other. */
  readonly together: number;
  /** Why this may be another text; null: nothing says so. */
  readonly note: string | null;
  readonly contexts: readonly SharedContext[];
  readonly lines: readonly KeywordInContext[];
}

/** How many other computations are ahead in the queue, then how far this one is, 0 … 1. */
export type OnProgress = (before: number, done: number) => void;

/** All promises reject as those of DataSource do. */
export interface ExplainingSource {
  independentAxes(onProgress: OnProgress, signal?: AbortSignal): Promise<IndependentAxes>;
  why(a: number, b: number, onProgress: OnProgress, signal?: AbortSignal): Promise<Why>;
  evidence(a: number, b: number, onProgress: OnProgress, signal?: AbortSignal): Promise<Evidence>;
}
