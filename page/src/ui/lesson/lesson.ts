/** What the card asks a lesson for. */
export interface Lesson {
  /** How many steps it has on this table. */
  readonly nSteps: number;
  /** What a step is called in the row of steps. */
  label(step: number): string;
  /** The heading of a step. */
  head(step: number): string;
  /** Ask for what the steps show; rejects where that cannot be had. */
  load(): Promise<void>;
  /** The content of a step; null while it is not here. The same elements again keep the focus where it is. */
  body(step: number): Node[] | null;
  /** The step was reached; not that of a page that opens in it, whose address holds what the reader had done there. */
  enter(step: number): void;
  /** Let the tokens of the lesson stand out on the map. */
  mark(step: number): void;
  /** Where the map has what is not to be covered, x, y, z interleaved, as its camera finds it. */
  places(): Float32Array;
}
