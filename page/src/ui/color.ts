/** What the tokens are colored by, and the legend. */
import type { App, Panel } from "../app";
import type { Legend, LegendEntry } from "../state/color";
import { union } from "../state/ids";
import type { ColorBy } from "../state/state";
import { fill, h } from "./dom";
import { subscribe, locale, labeled, localized } from "./subscribe";
import type { Key } from "./i18n";
import { legendScale } from "./legend-scale";
import "./color.css";

export const colorPanel: Panel = (app) =>
  h(
    "section",
    { class: "panel color" },
    h("h2", { class: "panel-title" }, localized(app, "color.title")),
    choice(app),
    legend(app),
  );

const NAMES: Readonly<Record<string, Key>> = {
  none: "color.none",
  frequency: "legend.frequency",
  norm: "legend.norm",
  script: "legend.script",
  cluster: "legend.cluster",
};

function choice(app: App): HTMLElement {
  const { manifest } = app.source;
  const select = labeled(app, h("select", { class: "field" }), "color.by");
  select.addEventListener("change", () => app.store.set({ colorBy: select.value as ColorBy }));
  subscribe(app, ["colorBy", "lang"], () => {
    const choices = Object.entries(NAMES);
    const options = choices.map(([by, key]) =>
      by === "frequency" && !manifest.hasCounts
        ? h("option", { value: by, disabled: true }, app.t("color.noCounts"))
        : h("option", { value: by }, app.t(key)),
    );
    const columns = manifest.columns.map(({ name }, at) => h("option", { value: `column:${at}` }, name));
    fill(select, ...options, columns.length > 0 && h("optgroup", { label: app.t("color.columns") }, ...columns));
    select.value = app.store.get().colorBy;
  });
  return select;
}

function legend(app: App): HTMLElement {
  const element = h("div", { class: "legend" });
  subscribe(app, ["colorBy", "lang", "legend"], () => {
    const { legend: now } = app.session.get();
    element.hidden = app.store.get().colorBy === "none";
    if (now === null) fill(element, h("p", { class: "message" }, app.t("color.working")));
    else fill(element, now.kind === "number" ? scale(app, now) : entries(app, now));
  });
  return element;
}

function entries(app: App, { title, entries: all }: Legend): HTMLElement {
  const list = h("ul", { class: "list scroll" }, ...all.map((entry) => h("li", {}, row(app, entry))));
  list.setAttribute("aria-label", title);
  return h("div", { class: "stack" }, list, h("p", { class: "message" }, app.t("color.press")));
}

function row(app: App, { label, color, n, ids }: LegendEntry): HTMLElement {
  const dot = h("span", { class: "legend-dot", "aria-hidden": "true" });
  dot.style.setProperty("background", color);
  const select = (event: MouseEvent) => {
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    app.store.set({ selected: adds ? union(app.store.get().selected, ids()) : ids() });
  };
  return h(
    "button",
    { type: "button", onclick: select, "aria-label": app.t("color.select", { label, n }), title: label },
    dot,
    h("span", { class: "cut grow" }, label),
    h("span", { class: "number muted small" }, n.toLocaleString(locale(app))),
  );
}

function scale(app: App, { range }: Legend): HTMLElement {
  if (range === null) return h("p", { class: "message" }, app.t("color.noValues"));
  return legendScale(app, range);
}
