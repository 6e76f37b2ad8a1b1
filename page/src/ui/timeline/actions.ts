/** What buttons and keys of the timeline do. */
import type { App } from "../../app";
import { lastMoment, neighboring } from "../../state/timeline";

/** From the start, where the last moment is shown. */
export function togglePlaying({ store, source }: App): void {
  const { playing, moment } = store.get();
  const isAtEnd = moment >= lastMoment(source.manifest);
  store.set({ playing: !playing, moment: !playing && isAtEnd ? 0 : moment });
}

/** To the next moment, or to the one before. */
export function step({ store, source }: App, by: 1 | -1): void {
  store.set({ playing: false, moment: neighboring(store.get().moment, by, lastMoment(source.manifest)) });
}
