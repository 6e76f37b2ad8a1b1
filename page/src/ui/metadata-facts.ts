/** The values of the chosen token in the columns of the metadata. */
import type { App } from "../app";
import type { Column } from "../data/source";
import { areYears, valueText } from "../state/columns";
import { latestOnly } from "../state/latest";
import { significant } from "../state/numbers";
import { fill, h } from "./dom";
import { locale, subscribe } from "./subscribe";
import { errorText } from "./errors";
import { localColumn } from "./own-columns";

export function metadataFacts(app: App): HTMLElement {
  const { columns: all, comparison } = app.source.manifest;
  // Those of a comparison are written apart, for both tables.
  const ofComparison = comparison ? Object.values(comparison.columns).flat() : [];
  const columns = all.map((_, index) => index).filter((index) => !ofComparison.includes(index));
  const element = h("dl", { class: "facts" });
  const latest = latestOnly();
  element.hidden = columns.length === 0;

  subscribe(app, ["chosen", "lang"], () => {
    const { chosen } = app.store.get();
    latest.stop();
    if (chosen === null || columns.length === 0) return;
    const question = () => Promise.all(columns.map((index) => app.source.column(index)));
    void latest.ask(question, {
      answer: (read) => fill(element, ...read.flatMap((column) => fact(app, localColumn(app, column), chosen))),
      failure: (error) => app.notify(errorText(app.store.get().lang, error.message)),
    });
  });
  app.onDestroy(latest.stop);
  return element;
}

function fact(app: App, column: Column, id: number): HTMLElement[] {
  const text = valueText(column, id);
  const isWritten = column.info.kind === "number" && !areYears(column);
  const shown = isWritten ? significant(locale(app), column.values[id], 6) : text;
  return [
    h("dt", {}, column.info.name),
    h("dd", {}, text === null ? h("span", { class: "muted" }, app.t("legend.none")) : h("span", {}, shown)),
  ];
}
