/** Which parts of the page are open. Not shared, not in the address. */
import { createStore, type Store } from "../state/store";

export type Place = "left" | "right" | "text";

export interface Layout {
  readonly left: boolean;
  readonly right: boolean;
  readonly text: boolean;
  /** Columns beside the map, or sheets over it: from the side on tablets, from below on phones. */
  readonly width: "wide" | "tablet" | "phone";
}

const NARROW = 900;
const PHONE = 600;

export function createLayout(): Store<Layout> {
  return createStore<Layout>({ left: true, right: true, text: true, width: "wide" });
}

/** Open or close a place; sheets cover the map, so only one of them is open at a time. */
export function open(layout: Store<Layout>, place: Place, isOpen = !layout.get()[place]): void {
  const others = layout.get().width === "wide" ? {} : { left: false, right: false, text: false };
  layout.set({ ...others, [place]: isOpen });
}

/** Follow the size of the page. */
export function resized(layout: Store<Layout>, width: number): void {
  const next = width < PHONE ? "phone" : width < NARROW ? "tablet" : "wide";
  const isWide = next === "wide";
  if (next === layout.get().width) return;
  layout.set({ width: next, left: isWide, right: isWide, text: isWide });
}
