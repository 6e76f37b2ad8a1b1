/** What a language model answers about a text; the server alone has it. Written by tovec/server/predicting.py. */

/** A token that the model reads or foresees; its name is in the table of tokens. */
export interface ModelToken {
  readonly id: number;
}

/** What is known of the model of the open table. */
export interface LanguageModelInfo {
  /** How many tokens it reads at most. */
  readonly context: number;
  /** The id of the token that stands before and after each text; null: it has none. */
  readonly endOfText: number | null;
}

export interface NextToken extends ModelToken {
  readonly probability: number;
  /** What it adds to the text; null where that is no text by itself: the end, a part of a character. */
  readonly text: string | null;
}

export interface Prediction {
  /** What the model has read: the last tokens of the text, after the token that stands before each text. */
  readonly tokens: readonly ModelToken[];
  /** How many tokens before these it has not read. */
  readonly dropped: number;
  /** Most likely first. */
  readonly results: readonly NextToken[];
}

export interface Score extends ModelToken {
  /** The product of the vector after the network and this token's row of the output table. */
  readonly score: number;
  readonly probability: number;
}

/** A row of one of the two tables before and after a step of training. */
export interface MovedRow extends ModelToken {
  readonly table: "input" | "output";
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * One step of training with the last token of a text as what should have come after the others: plain gradient descent
 * of the two tables alone, on a copy.
 */
export interface TrainingStep {
  /** Those before the last one, after the token that stands before each text. */
  readonly tokens: readonly ModelToken[];
  readonly target: ModelToken;
  /** The most likely ones, the most likely first; the target is always among them. */
  readonly scores: readonly Score[];
  readonly loss: number;
  readonly lossAfter: number;
  readonly learningRate: number;
  /** The vector after the network, from which the scores are computed. */
  readonly hidden: readonly number[];
  /** The input rows of the tokens, each once, and the output rows of the target and of the best other token. */
  readonly rows: readonly MovedRow[];
}

/** One token in two texts. */
export interface InTwoTexts {
  readonly token: ModelToken;
  /** Which of the tokens of each text it is; pieces that have no id are not counted. */
  readonly positions: readonly [number, number];
  /** The cosine of its row with itself, and that of its vectors after the network. */
  readonly rowCosine: number;
  readonly contextCosine: number;
}

/** All promises reject as those of DataSource do. */
export interface LanguageModelSource {
  predict(text: string, k: number, signal?: AbortSignal): Promise<Prediction>;
  trainingStep(text: string, signal?: AbortSignal): Promise<TrainingStep>;
  inTwoTexts(a: string, b: string, id: number, signal?: AbortSignal): Promise<InTwoTexts>;
}
