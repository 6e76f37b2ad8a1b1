/** What controls and keys of a comparison do. */
import type { App } from "../../app";
import type { MapLayout } from "../../state/comparison";

/** One map begins with the second table, as two maps show it. */
export function showLayout({ store }: App, mapLayout: MapLayout): void {
  store.set({ mapLayout, moment: 1 });
}

/** The maps stay as they are, or meet at the one that is used; the address holds what they show. */
export function setLinked({ store, pair }: App, linked: boolean): void {
  store.set({ linked, ...pair?.camerasWhen(linked) });
}

/** On one map: the first table, 0, or the second, 1; null: the other one. */
export function showTable({ store }: App, side: 0 | 1 | null): void {
  const shown = Math.round(store.get().moment);
  store.set({ moment: side ?? 1 - shown });
}
