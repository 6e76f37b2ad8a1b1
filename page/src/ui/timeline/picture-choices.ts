/** How the moments of a timeline become one picture: with true lengths or without, with the axes of which moment. */
import type { App } from "../../app";
import type { AxesOf } from "../../data/source";
import { percent } from "../../state/numbers";
import { momentsOf } from "../../state/timeline";
import { segmented } from "../controls";
import { fill, h } from "../dom";
import { locale, localized, subscribe } from "../subscribe";

const AXES_OF: readonly AxesOf[] = ["first", "last"];

/** null: there is nothing to choose. */
export function pictureChoices(app: App): HTMLElement | null {
  const { manifest } = app.source;
  if (manifest.comparison && manifest.drawsAnew) return h("div", { class: "stack" }, lengths(app));
  if (momentsOf(manifest).length === 0) return null;
  const choices = manifest.drawsAnew ? [lengths(app), axes(app)] : [];
  return h("div", { class: "stack" }, ...choices, ...notes(app));
}

function lengths(app: App): HTMLElement {
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => app.store.set({ directions: !box.checked }));
  subscribe(app, ["directions"], () => (box.checked = !app.store.get().directions));
  return h("label", { class: "check" }, box, h("span", {}, localized(app, "timeline.lengths")));
}

function axes(app: App): HTMLElement {
  const choice = segmented<AxesOf>((axesOf) => app.store.set({ axesOf }));
  subscribe(app, ["lang", "axesOf"], () => {
    const all = AXES_OF.map((value) => ({ value, label: app.t(`timeline.axes.${value}`) }));
    choice.show(app.t("timeline.axesOf"), all, app.store.get().axesOf);
  });
  const label = h("span", { class: "label" }, localized(app, "timeline.axesOf"));
  const element = h("div", { class: "row wrap" }, label, choice.element);
  subscribe(app, ["method"], () => (element.hidden = app.store.get().method !== "pca"));
  return element;
}

function notes(app: App): HTMLElement[] {
  const rotated = h("p", { class: "message" }, localized(app, "timeline.rotated"));
  subscribe(app, ["rotated"], () => (rotated.hidden = !app.session.get().rotated));
  const line = h("p", { class: "message" });
  subscribe(app, ["lang", "jitter"], () => {
    const { jitter: share } = app.session.get();
    line.hidden = share === null;
    if (share !== null) fill(line, app.t("timeline.jitter", { share: percent(locale(app), share) }));
  });
  return [rotated, line];
}
