/** The categories that share a color, in a list that opens; a field finds one among many. */
import type { App } from "../app";
import type { LegendEntry } from "../state/color";
import { fill, h } from "./dom";

/** More rows than anyone reads through; the field narrows them down. */
const ROWS = 100;
const WITHOUT_FIELD = 12;

/** `row`: the element of an entry. Built for the language of the moment, as the legend is. */
export function legendOthers(
  app: App,
  others: readonly LegendEntry[],
  row: (entry: LegendEntry) => HTMLElement,
): HTMLElement {
  const list = h("ul", { class: "list scroll" });
  const more = h("p", { class: "message" });
  const label = app.t("color.findCategory");
  const field: HTMLInputElement = h("input", {
    type: "search",
    class: "field",
    placeholder: label,
    "aria-label": label,
    oninput: () => show(),
  });

  function show(): void {
    const typed = field.value.toLowerCase();
    const found = others.filter((entry) => entry.label.toLowerCase().includes(typed));
    fill(list, ...found.slice(0, ROWS).map((entry) => h("li", {}, row(entry))));
    more.hidden = found.length > 0 && found.length <= ROWS;
    more.textContent = found.length
      ? app.t("color.moreCategories", { n: found.length - ROWS })
      : app.t("color.noCategory");
  }

  const element = h(
    "details",
    { class: "fold" },
    h("summary", {}, app.t("color.others", { n: others.length })),
    others.length > WITHOUT_FIELD && field,
    list,
    more,
  );
  element.addEventListener("toggle", () => element.open && show());
  return element;
}
