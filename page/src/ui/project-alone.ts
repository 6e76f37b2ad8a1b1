/** Projecting some tokens alone, as if there were no others, and going back to all of them. */
import type { App } from "../app";
import { NO_IDS, sameIds } from "../state/ids";
import { mostUseful } from "../state/rows";
import type { Progress } from "../state/state";
import { resetView } from "./actions";
import { fill, h } from "./dom";
import { timeText } from "./progress";
import { localized, subscribe } from "./subscribe";

function project(app: App, rows: Uint32Array): void {
  app.store.set({ rows, isolated: false });
  resetView(app);
}

/** For the panel of the selection. */
export function aloneButton(app: App): HTMLElement {
  const run = () => project(app, app.store.get().selected);
  const element = h("button", { type: "button", class: "button small", onclick: run }, localized(app, "alone.project"));
  element.hidden = !app.source.manifest.drawsAnew;
  subscribe(app, ["selected", "rows", "isLive"], () => {
    const { selected, rows } = app.store.get();
    element.disabled = app.session.get().isLive || sameIds(selected, rows);
  });
  return element;
}

/** For the panel of the projection: that not all tokens are in the picture, and the way back. */
export function aloneNote(app: App): HTMLElement {
  const text = h("p", { class: "grow" });
  const undo = h(
    "button",
    { type: "button", class: "button small start", onclick: () => project(app, NO_IDS) },
    localized(app, "alone.undo"),
  );
  const element = h("div", { class: "stack alone", role: "status" }, text, undo);
  subscribe(app, ["rows", "lang", "isLive"], () => {
    const { rows } = app.store.get();
    element.hidden = rows.length === 0 || app.session.get().isLive;
    fill(text, app.t("alone.note", { n: rows.length }));
  });
  return element;
}

/** A wait, in seconds, at which fewer tokens are offered, and how many these are. */
const LONG_S = 60;
const FEWER = 50_000;
/** Fewer tokens are offered where they take at most this share of the time. */
const WORTHWHILE = 0.5;

/** For the running projection of a large table: its tokens of most use alone, which takes less time. */
export function fewerOffer(app: App): HTMLElement {
  const text = h("p", { class: "message" });
  const run = () => project(app, mostUseful(app.importance, FEWER));
  const button = h("button", { type: "button", class: "button small start", onclick: run });
  const element = h("div", { class: "stack" }, text, button);
  subscribe(app, ["progress", "rows", "lang"], () => {
    const seconds = secondsOfFewer(app, app.store.get().progress);
    element.hidden = seconds === null;
    if (seconds === null) return;
    fill(text, app.t("alone.fewer", { n: FEWER, time: timeText(app.t, seconds) }));
    fill(button, app.t("alone.projectFewer", { n: FEWER }));
  });
  return element;
}

/**
 * How long the projection of fewer tokens takes, about; null where it is not worth while. The time of what takes long,
 * maps, grows as the number of tokens.
 */
export function secondsOfFewer(
  { store, source }: App,
  { leftS, overall }: Pick<Progress, "leftS" | "overall">,
): number | null {
  const share = FEWER / (store.get().rows.length || source.manifest.nTokens);
  if (leftS === null || leftS < LONG_S || share > WORTHWHILE) return null;
  return (share * leftS) / (1 - overall);
}
