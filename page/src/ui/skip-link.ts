/** A link to the map, the first that Tab reaches: past the toolbar and the panels. Visible while it has the focus. */
import type { App } from "../app";
import { h } from "./dom";
import { freshId, localized } from "./subscribe";
import "./skip-link.css";

export function skipLink(app: App, map: HTMLElement): HTMLElement {
  map.id ||= freshId("tovec-map");
  const go = (event: MouseEvent) => {
    event.preventDefault(); // the part of the address after "#" is the state of the page
    map.focus();
  };
  return h("a", { class: "skip-link", href: `#${map.id}`, onclick: go }, localized(app, "layout.skip"));
}
