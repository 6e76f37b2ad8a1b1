/** The neighbors of the chosen token, in the original space. */
import type { App } from "../app";
import type { Metric, Neighbor } from "../data/source";
import { sortedIds } from "../state/ids";
import { percent } from "../state/numbers";
import type { ColorBy } from "../state/state";
import { fill, h } from "./dom";
import { fillRanked, rankedList } from "./ranked";
import { neighborQuestion } from "./neighbor-question";
import { labeled, locale, localized, subscribe } from "./subscribe";
import { isUndirected } from "./undirected";
import { markWhyButtons, whyButton } from "./why/button";
import "./neighbor-list.css";

const WAITING_MS = 200;

export function neighborList(app: App): HTMLElement {
  const list = rankedList();
  const waiting = h("p", { class: "message" });
  const select = () => {
    const { neighbors: found } = app.session.get();
    if (found) app.store.set({ selected: sortedIds(found.map(({ id }) => id)) });
  };
  const recall = h("p", { class: "message" });
  const selectThese = h(
    "button",
    { type: "button", class: "button small", onclick: select },
    localized(app, "neighbors.select"),
  );
  let otherColors: ColorBy = "none";
  const colorThese = h(
    "button",
    { type: "button", class: "button small", onclick: toggleColors },
    localized(app, "neighbors.color"),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refocus = false;

  subscribe(app, ["colorBy"], () => {
    const { colorBy } = app.store.get();
    if (colorBy !== "similarity") otherColors = colorBy;
    colorThese.setAttribute("aria-pressed", String(colorBy === "similarity"));
  });
  subscribe(app, ["lang", "neighbors"], () => {
    const { neighbors: found } = app.session.get();
    const { metric: by, script, k } = app.store.get();
    const { neighborRecall: share = 1, neighbors: stored = 0 } = app.source.manifest;
    recall.hidden = share >= 1 || by !== "cosine" || script !== null || k > stored; // else computed from all vectors
    fill(recall, app.t("neighbors.recall", { share: percent(locale(app), share) }));
    clearTimeout(timer);
    // The old list stays for a moment, so that nothing flickers when the answer comes at once.
    refocus ||= list.contains(document.activeElement);
    list.setAttribute("aria-busy", String(found === null));
    list.inert = found === null;
    selectThese.disabled = !found?.length;
    if (found === null) timer = setTimeout(() => show(null, by), WAITING_MS);
    else show(found, by);
  });
  app.onDestroy(() => clearTimeout(timer));
  markWhyButtons(app, list);

  /** Color by similarity, or again by what it was before. */
  function toggleColors(): void {
    app.store.set({ colorBy: app.store.get().colorBy === "similarity" ? otherColors : "similarity" });
  }

  function show(found: readonly Neighbor[] | null, by: Metric): void {
    fillRanked(app, list, found ?? [], by, (id) => whyButton(app, id));
    waiting.hidden = found !== null && found.length > 0;
    const { chosen } = app.store.get();
    const none = chosen !== null && isUndirected(app, chosen) ? "neighbors.undirected" : "neighbors.none";
    fill(waiting, app.t(found === null ? "neighbors.waiting" : none));
    if (found === null || !refocus) return;
    refocus = false;
    // The focus stays where the reader has moved it meanwhile.
    if (document.activeElement === document.body) list.querySelector("button")?.focus();
  }

  return h(
    "div",
    { class: "stack neighbors" },
    h("h3", { class: "label" }, localized(app, "neighbors.title")),
    ...neighborQuestion(app),
    labeled(app, list, "neighbors.title"),
    waiting,
    recall,
    h("div", { class: "row wrap" }, selectThese, colorThese),
  );
}
