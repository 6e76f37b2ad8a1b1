/** Projecting the selection alone, as if there were no other tokens, and going back to all of them. */
import type { App } from "../app";
import { NO_IDS, sameIds } from "../state/ids";
import { resetView } from "./actions";
import { fill, h } from "./dom";
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
  subscribe(app, ["selected", "rows"], () => {
    const { selected, rows } = app.store.get();
    element.disabled = sameIds(selected, rows);
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
  subscribe(app, ["rows", "lang"], () => {
    const { rows } = app.store.get();
    element.hidden = rows.length === 0;
    fill(text, app.t("alone.note", { n: rows.length }));
  });
  return element;
}
