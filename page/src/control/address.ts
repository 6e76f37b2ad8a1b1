/** Keeps the state and the part of the address after `#` in step, and makes steps that Back undoes. */
import type { App } from "../app";
import type { Manifest } from "../data/source";
import type { State } from "../state/state";
import { fromHash, type LeftOut, leftOut, SHARED, type SharedState, toHash, withLeftOut } from "../state/url";
import type { Key } from "../ui/i18n";

/** An entry of the browser's history. */
export interface Entry {
  readonly hash: string;
  /** What is too long for the address; null where this page has not written the entry. */
  readonly kept: Partial<LeftOut> | null;
}

/** Where the state is written: the browser's address bar, or nothing in a notebook. */
export interface Address {
  readonly read: () => Entry;
  /** `isStep`: as a new entry, from which Back leads to the one before; else in its place. */
  readonly write: (entry: Entry, isStep: boolean) => void;
  /** Call `changed` when something else changed it (back, a pasted link). */
  readonly listen: (changed: () => void) => () => void;
}

/** Browsers refuse more than some hundred changes of the address in half a minute. */
const PAUSE_MS = 250;

type Field = keyof SharedState;
/** A change of one of these is a step. What is not here or below follows along: Back does not stop for the camera. */
const STEPS: ReadonlySet<Field> = new Set([
  ...([
    "method",
    "dims",
    "seed",
    "settings",
    "components",
    "independent",
    "rows",
    "colorBy",
    "chosen",
    "k",
    "metric",
    "script",
    "pair",
    "analogy",
  ] as const),
  ...(["selected", "isolated", "lesson", "lessonName", "compared", "directions", "axesOf"] as const),
  ...(["mapLayout", "lines", "movedScript"] as const),
]);
/** What is typed is one step, however long that takes; so is a walk through the moments. */
const TYPED: readonly Field[] = ["search", "text", "axes", "contexts", "moment"];
/** Going back does not change how the reader has set up the page. */
const SETTINGS: ReadonlySet<Field> = new Set(["lang", "theme", "tool", "labels", "speed", "loop", "linked"]);

const TOO_LONG: Readonly<Record<keyof LeftOut, Key>> = {
  rows: "page.rowsTooLong",
  selected: "page.selectionTooLong",
  text: "page.textTooLong",
  search: "page.searchTooLong",
};

export function browserAddress(window: Window): Address {
  const { history, location } = window;
  return {
    read: () => ({ hash: location.hash, kept: (history.state as { tovec?: Entry["kept"] } | null)?.tovec ?? null }),
    write({ hash, kept }, isStep) {
      const url = hash ? `#${hash}` : location.pathname + location.search;
      if (isStep) history.pushState({ tovec: kept }, "", url);
      else history.replaceState({ tovec: kept }, "", url);
    },
    listen(changed) {
      // Entries that differ only in what they keep have the same hash.
      window.addEventListener("popstate", changed);
      return () => window.removeEventListener("popstate", changed);
    },
  };
}

/** The state that an entry stands for. */
export function stateOf({ hash, kept }: Entry, start: State, manifest: Manifest, importance?: Uint32Array): State {
  return withLeftOut(fromHash(hash, start, manifest, importance), kept, manifest);
}

/** `start`: that of a page which was just opened; it is another one when the training of a table has ended. */
export function controlAddress(app: App, address: Address, start: () => State): void {
  const changed = new Set<Field>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let typed: Field | null = null; // the field whose typing made the last step
  let isRestoring = false;
  let tooLong = leftOut(app.store.get(), app.importance);

  function write(): void {
    const state = app.store.get();
    const kept = leftOut(state, app.importance);
    for (const field of Object.keys(kept) as (keyof LeftOut)[])
      if (!(field in tooLong)) app.notify(app.t(TOO_LONG[field]));
    tooLong = kept;
    address.write({ hash: toHash(state, start(), app.importance), kept }, isStep());
    changed.clear();
  }

  function isStep(): boolean {
    if ([...changed].some((field) => STEPS.has(field))) {
      typed = null;
      return true;
    }
    const field = TYPED.find((each) => changed.has(each));
    if (field === undefined || field === typed) return false;
    typed = field;
    return true;
  }

  /** A moment that the table does not have is corrected in the address too. */
  function correct({ hash }: Entry): void {
    const shown = toHash(app.store.get(), start(), app.importance);
    if (momentIn(hash) !== null && momentIn(hash) !== momentIn(shown)) write();
  }

  app.onDestroy(
    app.store.subscribe((now, before) => {
      const fields = SHARED.filter((field) => now[field] !== before[field]);
      if (isRestoring || fields.length === 0) return;
      fields.forEach((field) => changed.add(field));
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE_MS);
    }),
  );
  app.onDestroy(
    address.listen(() => {
      const entry = address.read();
      const next = stateOf(entry, start(), app.source.manifest, app.importance);
      const fields = SHARED.filter((field) => entry.kept === null || !SETTINGS.has(field));
      clearTimeout(timer);
      changed.clear();
      typed = null;
      isRestoring = true;
      app.store.set(Object.fromEntries(fields.map((field) => [field, next[field]])));
      isRestoring = false;
      if (entry.kept !== null)
        timer = setTimeout(write, PAUSE_MS); // with the settings of now
      else correct(entry);
      if (app.pair === null) app.map.setCamera(next.camera, true);
      else app.pair.setSharedCamera(next.camera);
    }),
  );
  app.onDestroy(() => clearTimeout(timer));
  correct(address.read());
}

function momentIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("moment");
}
