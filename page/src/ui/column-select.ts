/** A choice between the tokens and the columns of the metadata. */
import type { App } from "../app";
import { fill, h } from "./dom";
import type { Key } from "./i18n";
import { labeled, subscribe } from "./subscribe";

/** `field`: the part of the state that it changes. */
export function columnSelect(app: App, field: "labelBy" | "searchIn", tokens: Key, name?: Key): HTMLSelectElement {
  const select = h("select", { class: "field grow" });
  if (name) labeled(app, select, name);
  select.addEventListener("change", () => {
    app.store.set({ [field]: select.value === "" ? null : Number(select.value) });
  });
  subscribe(app, [field, "lang"], () => {
    const columns = app.source.manifest.columns.map(({ name: column }, at) => h("option", { value: at }, column));
    fill(select, h("option", { value: "" }, app.t(tokens)), ...columns);
    select.value = String(app.store.get()[field] ?? "");
  });
  return select;
}
