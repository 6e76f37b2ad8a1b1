/** The neighbors of the chosen token then and now: those that left are marked in one list, those that joined in the other. */
import type { App } from "../../app";
import type { ComparisonInfo, Metric, Neighbor } from "../../data/source";
import { type Change, changes, presence } from "../../state/comparison";
import { display } from "../../state/display";
import { sortedIds } from "../../state/ids";
import { decimal, places } from "../../state/numbers";
import { fill, h } from "../dom";
import { neighborQuestion } from "../neighbor-question";
import { rankedList, tokenRow } from "../ranked";
import { labeled, locale, localized, subscribe } from "../subscribe";
import { withMarks } from "../token-marks";
import { hasNoDirection } from "../undirected";
import "../neighbor-list.css";
import "./comparison.css";

/** Not by color alone. */
const SIGNS: Readonly<Record<Change, string>> = { left: "−", joined: "+", stayed: "" };

export function comparedNeighbors(app: App, { names }: ComparisonInfo): HTMLElement {
  const sides = names.map((name) => {
    const list = rankedList();
    list.setAttribute("aria-label", name);
    const none = h("p", { class: "message" });
    return {
      list,
      none,
      element: h("div", { class: "compared-side" }, h("h4", { class: "cut small" }, name), list, none),
    };
  });
  const kept = h("p", { class: "message" });
  const select = () => {
    const { neighbors, firstNeighbors } = app.session.get();
    const all = new Set([...(firstNeighbors ?? []), ...(neighbors ?? [])].map(({ id }) => id));
    app.store.set({ selected: sortedIds([...all]) });
  };
  const selectThese = h(
    "button",
    { type: "button", class: "button small", onclick: select },
    localized(app, "neighbors.select"),
  );
  subscribe(app, ["lang", "neighbors", "firstNeighbors", "lengths"], () => {
    const { chosen, metric } = app.store.get();
    const { neighbors, firstNeighbors, lengths, comparison: compared } = app.session.get();
    const isWaiting = neighbors === null || firstNeighbors === null || chosen === null || compared === null;
    for (const { list } of sides) list.setAttribute("aria-busy", String(isWaiting));
    selectThese.disabled = isWaiting;
    if (isWaiting) return;
    const { first, second } = presence(compared, chosen);
    const lists = [firstNeighbors, neighbors];
    const undirected = [0, 1].map((side) => hasNoDirection(lengths?.[side], metric));
    const isComparable = first && second && !undirected.includes(true);
    const marks = changes(firstNeighbors, neighbors);
    [first, second].forEach((isThere, side) => {
      const { list, none } = sides[side];
      const found = lists[side];
      // Where the other table lacks the token or its direction, nothing has left or joined.
      const marked = isComparable ? marks[side] : found.map((): Change => "stayed");
      const written = scores(app, found, metric);
      fill(list, ...found.map(({ id }, at) => h("li", {}, row(app, id, marked[at], written[at]))));
      none.hidden = found.length > 0;
      fill(none, app.t(!isThere ? "comparison.notHere" : undirected[side] ? "neighbors.undirected" : "neighbors.none"));
    });
    const nKept = marks[1].filter((change) => change === "stayed").length;
    kept.hidden = !isComparable || neighbors.length === 0;
    fill(kept, app.t("comparison.kept", { n: nKept, k: neighbors.length }));
  });
  return h(
    "div",
    { class: "stack neighbors" },
    h("h3", { class: "label" }, localized(app, "neighbors.title")),
    ...neighborQuestion(app),
    labeled(
      app,
      h("div", { class: "compared-sides", role: "group" }, ...sides.map(({ element }) => element)),
      "neighbors.title",
    ),
    kept,
    h("div", { class: "row wrap" }, selectThese),
  );
}

function scores(app: App, found: readonly Neighbor[], metric: Metric): string[] {
  const values = found.map(({ score }) => (metric === "cosine" ? score : -score));
  const digits = metric === "cosine" ? 2 : places(Math.max(...values));
  return values.map((value) => decimal(locale(app), value, digits));
}

function row(app: App, id: number, change: Change, score: string): HTMLElement {
  const said = change === "stayed" ? null : h("span", { class: "visually-hidden" }, app.t(`comparison.${change}`));
  const element = tokenRow(
    app,
    id,
    h("span", { class: "compared-sign", "aria-hidden": "true" }, SIGNS[change]),
    h("span", { class: "cut grow" }, ...withMarks(display(app.tokens.token(id)))),
    said,
    h("span", { class: "number muted small" }, score),
  );
  element.dataset.change = change;
  return element;
}
