/** What every panel is given. */
import type { ScriptCount } from "./data/scripts";
import type { DataSource, Dims, Method, Neighbor, Training, Trust, UndirectedRows } from "./data/source";
import type { TokenTable } from "./data/tokens";
import type { MapView } from "./draw/map";
import type { MapPair } from "./draw/pair";
import type { Compared } from "./state/comparison";
import type { State } from "./state/state";
import type { Legend } from "./state/color";
import type { Store } from "./state/store";
import type { MomentPoints } from "./state/timeline";
import type { Explanation } from "./state/why";
import type { Translate } from "./ui/i18n";

/** Data that arrived since the page was opened: not shared, not in the address. */
export interface SessionData {
  /** Ids, those of most use to a reader of this language first. */
  readonly importance: Uint32Array;
  /** null: unknown, or not here yet. */
  readonly counts: Float64Array | null;
  readonly norms: Float32Array | null;
  /** Rows without direction, by reason. */
  readonly undirected: readonly UndirectedRows[];
  /** The `k` nearest of the chosen token in the original space, nearest first; null while unknown. */
  readonly neighbors: readonly Neighbor[] | null;
  /** Where two tables are compared: the same in the first one, while `neighbors` are those in the second. */
  readonly firstNeighbors: readonly Neighbor[] | null;
  /** What is known of each token of two tables; null while it is not here. */
  readonly comparison: Compared | null;
  /** Ids of the tokens that moved from the first table to the second, those that moved most first. */
  readonly moved: Uint32Array | null;
  /** How many tokens are of each script, the most first; empty until a token is chosen. */
  readonly scripts: readonly ScriptCount[];
  /** Why the pair of the state is near, and the independent axes of the table. */
  readonly explanation: Explanation;
  /** A reader has asked for the independent axes. */
  readonly wantsAxes: boolean;
  /** The best answer of the analogy; null while it is unknown. */
  readonly answer: number | null;
  readonly legend: Legend | null;
  /** Of the projection that is shown, at the moment that is read; null before the first. */
  readonly points: ProjectedPoints | null;
  /** The same of all its moments. */
  readonly picture: MomentPoints | null;
  /** The whole moment that lists and numbers are about, which follows the one on the map; null without a timeline. */
  readonly shownMoment: number | null;
  /** The length of the chosen token's vector at each moment; null while unknown. */
  readonly lengths: Float32Array | null;
  /** Another token, and its similarity to the chosen one at each moment; null while unknown. */
  readonly meeting: { readonly id: number; readonly similarities: Float32Array } | null;
  /** A moment that the lesson marks in the curves; null: none. */
  readonly markedMoment: number | null;
  /** The method of the projection that is shown, which stays until the next one is there. */
  readonly projected: Method;
  /** Its principal components, counted from 1, one for each axis; empty: the first ones. */
  readonly components: readonly number[];
  readonly axisNames: readonly string[];
  readonly explained: readonly number[] | null;
  readonly trust: Trust | null;
  readonly recall: number | null;
  /** How far tokens of a timeline move whose neighbors stay the same, relative to the size of the picture. */
  readonly jitter: number | null;
  /** Whether the tables of the moments were rotated onto each other for the picture. */
  readonly rotated: boolean;
  /** Whether the table is still in training: it has no moments yet, and what is asked is about the present. */
  readonly isLive: boolean;
  /** How far it has come; null before that is known, and where nothing is trained. */
  readonly training: Training | null;
  /** Another number each time that vector and neighbors of a table in training are to be asked for again. */
  readonly reading: number;
  /** The length of the chosen token's vector as it was read last; null while unknown. */
  readonly length: number | null;
  /** How far the search for clusters is, 0 … 1; null while it does not run. */
  readonly clustersDone: number | null;
}

/** The coordinates of all tokens in a projection, as it computed them: `dims` numbers a token. */
export interface ProjectedPoints {
  readonly coordinates: Float32Array;
  readonly dims: Dims;
}

export interface App {
  readonly source: DataSource;
  readonly tokens: TokenTable;
  readonly map: MapView;
  /** The same, where two tables are compared; null elsewhere, and where no map can be drawn. */
  readonly pair: MapPair | null;
  readonly store: Store<State>;
  readonly session: Store<SessionData>;
  /** That of the session: ids, those of most use to a reader first. */
  readonly importance: Uint32Array;
  /** The text of a key, in the current language. */
  readonly t: Translate;
  /** Choose a token: the inspector shows it. `show`: move the view if the token is outside. */
  choose(id: number | null, show?: boolean): void;
  /** Read a text aloud on screen readers. */
  announce(text: string): void;
  /** Show a line about an error, or about what was done; it disappears by itself. */
  notify(text: string): void;
  /** Run when the page is destroyed. */
  onDestroy(cleanup: () => void): void;
}

/** A panel builds its element once and then keeps it up to date by itself. */
export type Panel = (app: App) => HTMLElement;
