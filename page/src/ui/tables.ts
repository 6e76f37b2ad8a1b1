/** Links between the tables of a model, which keep what is shown: the chosen token, the selection, the view. */
import type { App } from "../app";
import { h } from "./dom";
import type { Key } from "./i18n";
import { labeled, localized } from "./subscribe";
import "./tables.css";

const NAMES: Readonly<Record<App["source"]["manifest"]["tables"][number]["name"], Key>> = {
  input: "tables.input",
  output: "tables.output",
};

/** `hash`: the state as the address holds it. */
export function tablesPanel(app: App, hash: () => string): HTMLElement {
  const { tables } = app.source.manifest;
  const links = tables.map(({ name, path }) => {
    const isShown = path === "./";
    const link = h("a", { href: path, "aria-current": isShown ? "page" : null }, localized(app, NAMES[name]));
    const keepState = () => (link.hash = hash());
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, keepState);
    return link;
  });
  const nav = labeled(app, h("nav", { class: "tables" }, ...links), "tables.title");
  const title = h("h2", { class: "panel-title" }, localized(app, "tables.title"));
  return h("section", { class: "panel", hidden: tables.length === 0 }, title, nav);
}
