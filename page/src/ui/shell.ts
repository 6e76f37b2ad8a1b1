/**
 * The layout of the page: toolbar on top, the map in the middle, columns beside it, the text drawer below it.
 *
 * Below 900 pixels columns and drawer are sheets over the map, opened by tabs under it; the sizes are those of the
 * element and not of the window, since the page may be part of another one.
 */
import type { App } from "../app";
import { chosenBar, chosenAnnouncement } from "./chosen-summary";
import { connectionLine } from "./connection";
import { type Child, h } from "./dom";
import { subscribe, freshId } from "./subscribe";
import type { Key } from "./i18n";
import { type Icon, icon } from "./icons";
import { createLayout, open, type Place, resized } from "./layout";
import { progress } from "./progress";
import { skipLink } from "./skip-link";
import "./shell.css";

export interface Panels {
  readonly toolbar: HTMLElement;
  readonly left: readonly HTMLElement[];
  readonly right: readonly HTMLElement[];
  /** Below the map. */
  readonly under: readonly HTMLElement[];
  /** The text drawer. */
  readonly bottom: HTMLElement;
  /** Over the map. */
  readonly over: readonly HTMLElement[];
  readonly notices: HTMLElement;
}

const NAMES: Readonly<Record<Place, Key>> = { left: "layout.left", right: "layout.right", text: "layout.text" };
const TABS: readonly (readonly [Place, Icon])[] = [
  ["left", "sliders"],
  ["right", "search"],
  ["text", "text"],
];

export function shell(app: App, panels: Panels): HTMLElement {
  const { store, t } = app;
  const layout = createLayout();
  const ids: Readonly<Record<Place, string>> = {
    left: freshId("tovec-left"),
    right: freshId("tovec-right"),
    text: freshId("tovec-text"),
  };

  const chosen = chosenAnnouncement(app);
  chosen.id = freshId("tovec-chosen");
  const map = h(
    "div",
    { class: "map", role: "application", tabindex: "0", "aria-describedby": chosen.id },
    app.map.element,
  );
  const above = h(
    "div",
    { class: "above" },
    progress(app),
    connectionLine(app),
    panels.notices,
    chosenBar(app, layout),
  );
  const middle = h("div", { class: "map-place" }, map, ...panels.over, above, chosen);

  const places: Readonly<Record<Place, HTMLElement>> = {
    left: h("aside", { class: "column left scroll", id: ids.left }, ...panels.left),
    right: h("aside", { class: "column right scroll", id: ids.right }, ...panels.right),
    text: h("section", { class: "drawer scroll", id: ids.text }, panels.bottom),
  };

  const folds = {
    left: opener("left", { class: "button quiet icon folds" }, icon("left")),
    right: opener("right", { class: "button quiet icon folds" }, icon("right")),
  };
  panels.toolbar.prepend(folds.left);
  panels.toolbar.append(folds.right);
  const tabs = TABS.map(([place, drawing]) => {
    const text = h("span");
    return { place, text, element: opener(place, { class: "tab" }, icon(drawing), text) };
  });
  const tabBar = h("nav", { class: "tabs" }, ...tabs.map(({ element }) => element));

  function opener(place: Place, attributes: Readonly<Record<string, string>>, ...children: Child[]): HTMLElement {
    const all = { ...attributes, type: "button", "data-opens": place, "aria-controls": ids[place] };
    return h("button", { ...all, onclick: () => open(layout, place) }, ...children);
  }

  const root = h(
    "div",
    { class: "tovec" },
    skipLink(app, map),
    panels.toolbar,
    h(
      "div",
      { class: "body" },
      places.left,
      h("main", { class: "middle" }, middle, ...panels.under, places.text),
      places.right,
    ),
    tabBar,
  );

  const name = () => {
    const { lang } = store.get();
    root.lang = lang;
    map.setAttribute("aria-label", t("page.map", { n: app.tokens.n }));
    map.setAttribute("aria-roledescription", t("layout.map"));
    tabBar.setAttribute("aria-label", t("layout.tabs"));
    for (const place of ["left", "right", "text"] as const) places[place].setAttribute("aria-label", t(NAMES[place]));
    for (const { place, text } of tabs) text.textContent = t(NAMES[place]);
    for (const place of ["left", "right"] as const) {
      const text = t(layout.get()[place] ? "layout.fold" : "layout.unfold", { place: t(NAMES[place]) });
      folds[place].setAttribute("aria-label", text);
      folds[place].title = text;
    }
  };

  const arrange = () => {
    const now = layout.get();
    if (now.width === "wide") root.removeAttribute("data-narrow");
    else root.dataset.narrow = now.width;
    for (const place of ["left", "right", "text"] as const) places[place].hidden = !now[place];
    for (const place of ["left", "right"] as const) folds[place].setAttribute("aria-expanded", String(now[place]));
    for (const { place, element } of tabs) element.setAttribute("aria-expanded", String(now[place]));
    tabBar.hidden = now.width === "wide";
    name();
  };

  const sizes = new ResizeObserver(() => {
    if (root.clientWidth > 0) resized(layout, root.clientWidth);
  });
  sizes.observe(root);
  app.onDestroy(() => sizes.disconnect());
  layout.subscribe(arrange);
  subscribe(app, ["lang"], arrange);
  return root;
}
