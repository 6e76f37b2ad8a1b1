/** The rows without direction or without a place on the map, with the reason. */
import type { App, Panel } from "../app";
import type { Metric, UndirectedRows } from "../data/source";
import { display } from "../state/display";
import { hasVectorsOfAll } from "../state/timeline";
import { fill, h } from "./dom";
import type { Key } from "./i18n";
import { localized, subscribe } from "./subscribe";
import { withMarks } from "./token-marks";

const REASONS: Readonly<Record<UndirectedRows["reason"], Key>> = {
  nan: "undirected.nan",
  infinity: "undirected.infinity",
  zero: "undirected.zero",
  large: "undirected.large",
};

export const undirectedPanel: Panel = (app) => {
  const title = h("h2", { class: "panel-title" }, localized(app, "undirected.title"));
  const groups = h("div", { class: "stack" });
  const element = h("section", { class: "panel undirected" }, title, groups);
  subscribe(app, ["lang", "undirected"], () => {
    const { undirected } = app.session.get();
    element.hidden = undirected.length === 0;
    fill(groups, ...undirected.map((rows) => group(app, rows)));
  });
  app.onDestroy(
    app.session.subscribe(({ undirected: now }, { undirected: before }) => {
      const nMissing = now.reduce((sum, { reason, n }) => sum + (reason === "zero" ? 0 : n), 0);
      // Where all are missing, the projection says so.
      const isNews = now !== before && nMissing > 0 && nMissing < app.tokens.n;
      if (isNews) app.notify(app.t("undirected.missing", { n: nMissing }));
    }),
  );
  return element;
};

/** Whether nothing is near to the chosen token: its vector holds NaN or infinity, or is all zeros: no direction. */
export function isUndirected(app: App, id: number): boolean {
  const { norms, lengths, shownMoment } = app.session.get();
  const norm = hasVectorsOfAll(app.source.manifest) ? lengths?.[shownMoment!] : norms?.[id];
  return hasNoDirection(norm, app.store.get().metric);
}

/** Whether nothing is near to a vector of this length; undefined: its length is not known. */
export function hasNoDirection(length: number | undefined, metric: Metric): boolean {
  return length !== undefined && (Number.isNaN(length) || (length === 0 && metric === "cosine"));
}

function group(app: App, { reason, n, first }: UndirectedRows): HTMLElement {
  const tokens = first.map((id) =>
    h(
      "button",
      { type: "button", class: "token", onclick: () => app.choose(id) },
      ...withMarks(display(app.tokens.token(id))),
    ),
  );
  const more =
    n > first.length ? h("span", { class: "muted small" }, app.t("undirected.more", { n: n - first.length })) : null;
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, app.t(REASONS[reason], { n })),
    h("div", { class: "row wrap" }, ...tokens, more),
  );
}
