/** What every panel is given. */
import type { DataSource, Neighbor } from "./data/source";
import type { TokenTable } from "./data/tokens";
import type { MapView } from "./draw/map";
import type { State } from "./state/state";
import type { Legend } from "./state/color";
import type { Store } from "./state/store";
import type { Translate } from "./ui/i18n";

/** What the page has learned since it was opened: not shared, not in the URL. */
export interface Findings {
  /** Counts, or null when they are unknown or still on their way. */
  readonly counts: Float64Array | null;
  readonly norms: Float32Array | null;
  /** The 10 (or as many as asked) nearest of the chosen token, in the original space; null while unknown. */
  readonly near: readonly Neighbor[] | null;
  readonly legend: Legend | null;
  /** Of the picture that is shown. */
  readonly axisNames: readonly string[];
  readonly explained: readonly number[] | null;
  readonly trust: { readonly trustworthiness: number; readonly kept: number } | null;
  /** How many neighbours the inspector asks for, and by what. */
  readonly k: number;
  readonly metric: "cosine" | "euclidean";
}

export interface App {
  readonly source: DataSource;
  readonly tokens: TokenTable;
  readonly map: MapView;
  readonly store: Store<State>;
  readonly findings: Store<Findings>;
  /** Ids, the most frequent first (the order of the table where counts are unknown). */
  readonly importance: Uint32Array;
  /** The text of a key in the current language. */
  readonly t: Translate;
  /** Choose a token: the inspector shows it. `show`: bring it into view if it is out of it. */
  choose(id: number | null, show?: boolean): void;
  /** Say something to screen readers. */
  announce(text: string): void;
  /** Say something that went wrong, or what was done, in a line that goes away by itself. */
  notify(text: string): void;
  /** Run when the page is taken down. */
  onDestroy(cleanup: () => void): void;
}

/** A panel builds its element once and then follows the store by itself. */
export type Panel = (app: App) => HTMLElement;
