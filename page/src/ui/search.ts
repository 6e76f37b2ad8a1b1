/** The search field and the tokens found, the most important first. control/search.ts does the search. */
import type { App, Panel } from "../app";
import { columnSelect } from "./column-select";
import { h } from "./dom";
import { knownError } from "./errors";
import { subscribe } from "./subscribe";
import { icon } from "./icons";
import { tokenList } from "./token-list";
import "./search.css";

export const searchPanel: Panel = (app) => {
  const { store, t } = app;
  const title = h("h2", { class: "visually-hidden" });
  const list = tokenList(app);
  const status = h("p", { class: "message grow", role: "status" });
  const all = h("button", {
    type: "button",
    class: "button small quiet",
    onclick: () => store.set({ selected: store.get().found!.slice().sort() }),
  });
  const below = h("div", { class: "row" }, status, all);
  const field: HTMLInputElement = h("input", {
    type: "text",
    class: "search-input grow",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    oninput: () => store.set({ search: field.value }),
  });
  const clear = h("button", { type: "button", class: "button small quiet icon", onclick: clearAll }, icon("close"));
  const regex = h(
    "button",
    {
      type: "button",
      class: "button small quiet icon regex",
      onclick: () => store.set({ regex: !store.get().regex }),
    },
    ".*",
  );
  const slash = h("kbd", { class: "slash", "aria-hidden": "true" }, "/");
  const frame = h("div", { class: "field search-field" }, icon("search"), field, slash, clear, regex);
  const { columns } = app.source.manifest;
  const where = columns.length > 0 && columnSelect(app, "searchIn", "search.in");
  const element = h("section", { class: "panel search" }, title, frame, where, below, list.element);

  function clearAll(): void {
    store.set({ search: "" });
    field.focus();
  }

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { found, search: text } = store.get();
    if (by !== undefined && found?.length) {
      list.step(by);
      field.setAttribute("aria-activedescendant", list.element.querySelector(".marked")?.id ?? "");
    } else if (event.key === "Enter" && found?.length) app.choose(list.marked() ?? found[0], true);
    else if (event.key === "Escape" && text) clearAll();
    else if (event.key === "Escape") field.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const show = () => {
    const { search: text, searchIn, regex: isRegex, found } = store.get();
    const column = columns[searchIn ?? -1];
    const isNumber = column?.kind === "number";
    const wrong = isRegex && !isNumber ? patternError(text) : null;
    title.textContent = t("search.title");
    if (field.value !== text) field.value = text;
    field.placeholder = t(isNumber ? "search.numberPlaceholder" : "search.placeholder");
    field.setAttribute("aria-label", t("search.title"));
    field.setAttribute("aria-expanded", String(Boolean(found?.length)));
    field.removeAttribute("aria-activedescendant");
    frame.setAttribute("aria-invalid", String(wrong !== null));
    name(regex, t("search.regex"));
    regex.hidden = isNumber;
    regex.setAttribute("aria-pressed", String(isRegex));
    name(clear, t("search.clear"));
    clear.hidden = text === "";
    slash.hidden = text !== "";

    const isFound = found !== null && wrong === null;
    status.className = wrong === null ? "message grow" : "message grow warn";
    if (wrong !== null) status.textContent = wrongText(app, wrong);
    else if (!isFound) status.textContent = "";
    else
      status.textContent = found.length
        ? t("search.found", { n: found.length })
        : t(column ? "search.noValue" : "search.nothing");
    below.hidden = status.textContent === "";
    all.hidden = !isFound || found.length === 0;
    all.textContent = t("search.selectAll");
    list.show(isFound ? found : [], t("search.results"));
  };

  subscribe(app, ["search", "searchIn", "regex", "found", "lang"], show);
  return element;
};

function name(button: HTMLElement, text: string): void {
  button.setAttribute("aria-label", text);
  button.title = text;
}

/** The browser gives its reason in English, and each browser in its own words. */
function wrongText({ store, t }: App, reason: string): string {
  const why = knownError(store.get().lang, reason);
  return why === null ? t("search.invalid") : t("search.wrong", { why });
}

/** The browser's reason, without the pattern that it repeats; null for a valid pattern. */
function patternError(source: string): string | null {
  try {
    new RegExp(source, "iu");
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^.*: /s, "");
  }
}
