/** A token of the third lesson, and which ones there is room for. */
import type { App } from "../../app";
import type { ModelToken, TrainingStep } from "../../data/language-model";
import { TINTS } from "../../state/pieces";
import { h } from "../dom";
import { modelTokenName } from "../model-token";
import { withMarks } from "../token-marks";

/** As many of the tokens before the last one are shown. */
const SHOWN = 5;

/** The last tokens that are read, and how many before them are not shown. */
export function tokensRead({ tokens }: TrainingStep): {
  readonly tokens: readonly ModelToken[];
  readonly dropped: number;
} {
  return { tokens: tokens.slice(-SHOWN), dropped: Math.max(0, tokens.length - SHOWN) };
}

/** It marks its point on the map, and pressing it chooses it there. */
export function tokenChip(app: App, { id }: ModelToken, tint: number): HTMLElement {
  const shown = modelTokenName(app, id);
  return h(
    "button",
    {
      type: "button",
      class: `piece lesson-chip tint-${tint % TINTS}`,
      title: shown,
      onclick: () => app.choose(id, true),
      onpointerenter: () => app.store.set({ hovered: id }),
      onpointerleave: () => app.store.set({ hovered: null }),
    },
    ...withMarks(shown),
  );
}
