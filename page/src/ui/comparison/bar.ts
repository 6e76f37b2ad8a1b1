/** Under the maps: how the two tables are shown. */
import type { App } from "../../app";
import { LINES, type Lines, MAP_LAYOUTS, type MapLayout } from "../../state/comparison";
import { segmented } from "../controls";
import { fill, h } from "../dom";
import { labeled, localized, subscribe } from "../subscribe";
import { setLinked, showLayout, showTable } from "./actions";
import { movedText } from "./summary";
import "./comparison.css";

/** null: no tables are compared. */
export function comparisonBar(app: App): HTMLElement | null {
  const { comparison } = app.source.manifest;
  if (!comparison) return null;
  const layout = segmented<MapLayout>((value) => showLayout(app, value));
  subscribe(app, ["lang", "mapLayout"], () => {
    const choices = MAP_LAYOUTS.map((value) => ({ value, label: app.t(`comparison.${value}`) }));
    layout.show(app.t("comparison.layout"), choices, app.store.get().mapLayout);
  });
  const line = h("p", { class: "comparison-line cut" });
  subscribe(app, ["lang"], () => fill(line, movedText(app, comparison)));
  const beside = h("div", { class: "row" }, linked(app));
  const one = h("div", { class: "row wrap" }, table(app, comparison.names), lines(app));
  subscribe(app, ["mapLayout"], () => {
    const isOne = app.store.get().mapLayout === "one";
    beside.hidden = isOne;
    one.hidden = !isOne;
  });
  const element = h("section", { class: "comparison-bar" }, layout.element, beside, one, line);
  return labeled(app, element, "comparison.title");
}

function linked(app: App): HTMLElement {
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => setLinked(app, box.checked));
  subscribe(app, ["linked"], () => (box.checked = app.store.get().linked));
  return h("label", { class: "check" }, box, h("span", {}, localized(app, "comparison.linked")));
}

/** Of which table the places are. */
function table(app: App, names: readonly [string, string]): HTMLElement {
  const choice = segmented<"0" | "1">((value) => showTable(app, value === "0" ? 0 : 1));
  choice.element.classList.add("comparison-tables");
  subscribe(app, ["lang", "moment"], () => {
    const choices = (["0", "1"] as const).map((value) => ({ value, label: names[Number(value)] }));
    choice.show(app.t("comparison.places"), choices, app.store.get().moment < 0.5 ? "0" : "1");
  });
  return choice.element;
}

function lines(app: App): HTMLElement {
  const select = h("select", { class: "field" });
  select.addEventListener("change", () => app.store.set({ lines: select.value as Lines }));
  subscribe(app, ["lang", "lines"], () => {
    fill(select, ...LINES.map((value) => h("option", { value }, app.t(`lines.${value}`))));
    select.value = app.store.get().lines;
  });
  return h("label", { class: "row" }, h("span", { class: "muted small" }, localized(app, "comparison.lines")), select);
}
