/** Keeps the state and the part of the address after `#` the same. */
import type { App } from "../app";
import { packIds } from "../state/ids";
import type { State } from "../state/state";
import { fromHash, LONGEST_SELECTION, toHash } from "../state/url";

/** Where the state is written: the browser's address bar, or nothing in a notebook. */
export interface Address {
  read(): string;
  write(hash: string): void;
  /** Hear that somebody else changed it (back, a pasted link). */
  listen(changed: () => void): () => void;
}

/** Browsers refuse more than some hundred changes of the address in half a minute. */
const PAUSE_MS = 250;

export function browserAddress(window: Window): Address {
  return {
    read: () => window.location.hash,
    write: (hash) =>
      window.history.replaceState(null, "", hash ? `#${hash}` : window.location.pathname + window.location.search),
    listen(changed) {
      window.addEventListener("hashchange", changed);
      return () => window.removeEventListener("hashchange", changed);
    },
  };
}

export function controlAddress(app: App, address: Address, start: State): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = app.store.get().selected;

  const write = () => address.write(toHash(app.store.get(), start));
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (toHashFields.every((field) => now[field] === before[field])) return;
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE_MS);
      if (now.selected !== told && packIds(now.selected).length > LONGEST_SELECTION)
        app.notify(app.t("page.selectionTooLong"));
      told = now.selected;
    }),
  );
  app.onDestroy(
    address.listen(() => {
      const next = fromHash(address.read(), start, app.source.manifest);
      const { found, hovered, path, progress, ...shared } = next;
      app.store.set(shared);
      app.map.setCamera(next.camera, true);
    }),
  );
  app.onDestroy(() => clearTimeout(timer));
}

// prettier-ignore
const toHashFields = [
  "lang", "theme", "method", "dims", "seed", "axes", "colourBy", "search", "regex", "chosen", "selected",
  "isolated", "tool", "camera", "text", "lesson", "labels",
] as const satisfies readonly (keyof State)[];
