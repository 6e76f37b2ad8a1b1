/** What the tokens are colored by, and the legend. */
import type { App, Panel } from "../app";
import type { Legend, LegendEntry } from "../state/color";
import { union } from "../state/ids";
import { count, percent } from "../state/numbers";
import type { ColorBy } from "../state/state";
import { hasVectorsOfAll, lastMoment } from "../state/timeline";
import { columnSelect } from "./column-select";
import { fill, h } from "./dom";
import { subscribe, locale, labeled, localized } from "./subscribe";
import type { Key } from "./i18n";
import { legendOthers } from "./legend-others";
import { legendScale } from "./legend-scale";
import { localInfo } from "./own-columns";
import { withMarks } from "./token-marks";
import "./color.css";

export const colorPanel: Panel = (app) =>
  h(
    "section",
    { class: "panel color" },
    h("h2", { class: "panel-title" }, localized(app, "color.title")),
    choice(app),
    app.source.manifest.columns.length > 0 && columnSelect(app, "labelBy", "color.labels"),
    legend(app),
  );

const NAMES: Readonly<Record<string, Key>> = {
  none: "color.none",
  frequency: "legend.frequency",
  norm: "legend.norm",
  script: "legend.script",
  cluster: "legend.cluster",
  similarity: "legend.similarity",
};

function choice(app: App): HTMLElement {
  const { manifest } = app.source;
  const select = labeled(app, h("select", { class: "field" }), "color.by");
  select.addEventListener("change", () => app.store.set({ colorBy: select.value as ColorBy }));
  subscribe(app, ["colorBy", "lang"], () => {
    const choices = Object.entries(NAMES);
    const options = choices.map(([by, key]) => {
      if (by === "frequency" && !manifest.hasCounts)
        return h("option", { value: by, disabled: true }, app.t("color.noCounts"));
      return h("option", { value: by, disabled: by === "similarity" && !manifest.hasVectors }, app.t(key));
    });
    const columns = manifest.columns.map((info, at) =>
      h("option", { value: `column:${at}` }, localInfo(app, info).name),
    );
    fill(select, ...options, columns.length > 0 && h("optgroup", { label: app.t("color.columns") }, ...columns));
    select.value = app.store.get().colorBy;
  });
  return select;
}

function legend(app: App): HTMLElement {
  const element = h("div", { class: "legend" });
  subscribe(app, ["colorBy", "lang", "legend", "chosen", "clustersDone", "isLive"], () => {
    const { legend: now } = app.session.get();
    const { colorBy, chosen } = app.store.get();
    element.hidden = colorBy === "none";
    if (colorBy === "similarity" && chosen === null)
      fill(element, h("p", { class: "message" }, app.t("color.chooseFirst")));
    else if (now === null) fill(element, h("p", { class: "message" }, working(app)));
    else fill(element, now.kind === "number" ? scale(app, now) : entries(app, now), ofLast(app, colorBy));
  });
  return element;
}

/** What only the last of several moments has; the colors of all moments are of that one. */
function ofLast(app: App, colorBy: ColorBy): HTMLElement | null {
  const { manifest } = app.source;
  const isOfLast = colorBy === "norm" || colorBy === "cluster";
  const isSimilarityOfLast = colorBy === "similarity" && !hasVectorsOfAll(manifest);
  const { comparison } = manifest;
  if (comparison && (isOfLast || colorBy === "similarity" || colorBy === "frequency"))
    return h("p", { class: "message color-of-last" }, app.t("color.ofSecond", { name: comparison.names[1] }));
  if (comparison || lastMoment(manifest) === 0 || !(isOfLast || isSimilarityOfLast)) return null;
  return h("p", { class: "message color-of-last" }, app.t("color.ofLast"));
}

/** What is computed before there is a legend, and how far it is. */
function working(app: App): string {
  const { clustersDone, isLive } = app.session.get();
  if (isLive) return app.t("live.colorAtEnd");
  if (app.store.get().colorBy !== "cluster" || clustersDone === null) return app.t("color.working");
  return app.t("color.clusters", { share: percent(locale(app), Math.floor(100 * clustersDone) / 100) });
}

function entries(app: App, { title, entries: all, others }: Legend): HTMLElement {
  const list = h("ul", { class: "list scroll" }, ...all.map((entry) => h("li", {}, row(app, entry))));
  list.setAttribute("aria-label", title);
  return h(
    "div",
    { class: "stack" },
    list,
    others.length > 0 && legendOthers(app, others, (entry) => row(app, entry)),
    h("p", { class: "message" }, app.t("color.press")),
  );
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
    h("span", { class: "cut grow" }, ...withMarks(label)),
    h("span", { class: "number muted small" }, count(locale(app), n)),
  );
}

function scale(app: App, { range, entries: missing }: Legend): HTMLElement {
  const rows = missing.map((entry) => h("li", {}, row(app, entry)));
  return h(
    "div",
    { class: "stack" },
    range === null ? h("p", { class: "message" }, app.t("color.noValues")) : legendScale(app, range),
    rows.length > 0 && h("ul", { class: "list" }, ...rows),
  );
}
