/** In the inspector: how far the chosen token moved, and what it is in each of the two tables. */
import type { App } from "../../app";
import type { ComparisonInfo } from "../../data/source";
import { presence } from "../../state/comparison";
import { count, decimal, significant } from "../../state/numbers";
import { fill, h } from "../dom";
import { locale, subscribe } from "../subscribe";
import "./comparison.css";

const NO_VALUE = "–";

export function comparedFacts(app: App, { names, scale, coordinates }: ComparisonInfo): HTMLElement {
  const onlyIn = h("p", { class: "message warn" });
  const facts = h("dl", { class: "facts" });
  const table = h("table", { class: "comparison-table" });
  subscribe(app, ["chosen", "comparison", "lengths", "lang"], () => {
    const { chosen } = app.store.get();
    const { comparison: compared, lengths } = app.session.get();
    if (chosen === null || compared === null) return;
    const { first, second } = presence(compared, chosen);
    onlyIn.hidden = first && second;
    fill(onlyIn, app.t("comparison.onlyIn", { name: names[first ? 0 : 1] }));
    facts.hidden = !onlyIn.hidden;
    const number = (value: number, digits: number) =>
      h("span", { class: "number" }, Number.isNaN(value) ? NO_VALUE : decimal(locale(app), value, digits));
    const isNoise = compared.movement[chosen] <= compared.noise[chosen];
    const small = (text: string) => h("span", { class: "muted small" }, text);
    fill(
      facts,
      h("dt", {}, app.t("column.movement")),
      h("dd", {}, number(compared.movement[chosen], 4), small(isNoise ? app.t("comparison.withinNoise") : "")),
      h("dt", {}, app.t("column.cosine")),
      h("dd", {}, number(compared.cosine[chosen], 4)),
    );
    const cells = (values: readonly (number | undefined)[], written: (value: number) => string) =>
      values.map((value, side) => {
        const isThere = (side === 0 ? first : second) && value !== undefined && !Number.isNaN(value);
        return h("td", { class: "number" }, isThere ? written(value) : NO_VALUE);
      });
    const { counts } = compared;
    const ofSides = counts.map((side) => side?.[chosen]);
    const rows = [
      counts.some((side) => side !== null) &&
        row(
          app.t("inspector.count"),
          cells(ofSides, (n) => count(locale(app), n)),
        ),
      row(
        app.t("inspector.norm"),
        cells([lengths?.[0], lengths?.[1]], (value) => significant(locale(app), value)),
      ),
    ];
    const head = h("tr", {}, h("td", {}), ...names.map((name) => h("th", { scope: "col", class: "cut" }, name)));
    fill(table, h("thead", {}, head), h("tbody", {}, ...rows));
  });
  const isChanged = scale !== 1 || coordinates === "rotated";
  const note = h("p", { class: "message" });
  subscribe(app, ["lang"], () => fill(note, app.t("comparison.asCompared", { name: names[0] })));
  return h("div", { class: "stack" }, onlyIn, facts, table, isChanged && note);
}

function row(name: string, cells: readonly HTMLElement[]): HTMLElement {
  return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
}
