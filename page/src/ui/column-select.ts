/** A choice between the tokens and the columns of the metadata. */
import type { App } from "../app";
import { fill, h } from "./dom";
import type { Key } from "./i18n";
import { localInfo } from "./own-columns";
import { localized, subscribe } from "./subscribe";
import "./column-select.css";

/** `field`: the part of the state that it changes; `name`: what stands before it. */
export function columnSelect(app: App, field: "labelBy" | "searchIn", name: Key): HTMLElement {
  const select = h("select", { class: "field grow" });
  select.addEventListener("change", () => {
    app.store.set({ [field]: select.value === "" ? null : Number(select.value) });
  });
  subscribe(app, [field, "lang"], () => {
    const columns = app.source.manifest.columns.map((info, at) =>
      h("option", { value: at }, localInfo(app, info).name),
    );
    fill(select, h("option", { value: "" }, app.t("columns.tokens")), ...columns);
    select.value = String(app.store.get()[field] ?? "");
  });
  return h("label", { class: "row column-select" }, h("span", { class: "muted small" }, localized(app, name)), select);
}
