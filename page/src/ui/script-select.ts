/** A choice between tokens of any script and those of one. */
import type { App } from "../app";
import type { State } from "../state/state";
import { fill, h } from "./dom";
import { LOCALES } from "./i18n";
import { localized, subscribe } from "./subscribe";

/** `field`: the part of the state that it changes. It is hidden where all tokens are of one script. */
export function scriptSelect(app: App, field: "script" | "movedScript"): HTMLElement {
  const select = h("select", { class: "field grow" });
  select.addEventListener("change", () => app.store.set({ [field]: (select.value || null) as State["script"] }));
  const element = h(
    "label",
    { class: "row" },
    h("span", { class: "muted small no-shrink" }, localized(app, "neighbors.script")),
    select,
  );
  subscribe(app, ["lang", field, "scripts"], () => {
    const { lang, [field]: chosen } = app.store.get();
    const { scripts } = app.session.get();
    const choices = scripts.map(({ script, n }) =>
      h("option", { value: script }, `${app.t(`script.${script}`)} (${n.toLocaleString(LOCALES[lang])})`),
    );
    // One that an address names and this table lacks stays a choice: it says why nothing is found.
    if (chosen !== null && !scripts.some(({ script }) => script === chosen))
      choices.push(h("option", { value: chosen }, app.t(`script.${chosen}`)));
    fill(select, h("option", { value: "" }, app.t("neighbors.script.all")), ...choices);
    select.value = chosen ?? "";
    element.hidden = choices.length < 2 && chosen === null;
  });
  return element;
}
