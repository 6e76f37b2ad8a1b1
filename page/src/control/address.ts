/** Keeps the state and the part of the address after `#` in step. */
import type { App } from "../app";
import { packIds } from "../state/ids";
import type { State } from "../state/state";
import { fromHash, LONGEST_SELECTION, SHARED, toHash } from "../state/url";

/** Where the state is written: the browser's address bar, or nothing in a notebook. */
export interface Address {
  readonly read: () => string;
  readonly write: (hash: string) => void;
  /** Call `changed` when something else changed it (back, a pasted link). */
  readonly listen: (changed: () => void) => () => void;
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
  let checked = app.store.get().selected;

  const write = () => address.write(toHash(app.store.get(), start));
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (SHARED.every((field) => now[field] === before[field])) return;
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE_MS);
      if (now.selected !== checked && packIds(now.selected).length > LONGEST_SELECTION)
        app.notify(app.t("page.selectionTooLong"));
      checked = now.selected;
    }),
  );
  app.onDestroy(
    address.listen(() => {
      const next = fromHash(address.read(), start, app.source.manifest);
      app.store.set(Object.fromEntries(SHARED.map((field) => [field, next[field]])));
      app.map.setCamera(next.camera, true);
    }),
  );
  app.onDestroy(() => clearTimeout(timer));
}
