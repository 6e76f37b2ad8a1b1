/** The neighbors of the chosen token, in the original space: how many, by which measure, and the list. */
import type { App } from "../app";
import type { Metric, Neighbor } from "../data/source";
import { sortedIds } from "../state/ids";
import { METRICS, NEIGHBOR_COUNTS, type ColorBy, type NeighborCount, type State } from "../state/state";
import { segmented } from "./controls";
import { fill, h } from "./dom";
import { fillRanked, rankedList } from "./ranked";
import { LOCALES } from "./i18n";
import { labeled, localized, subscribe } from "./subscribe";
import { isUndirected } from "./undirected";
import { markWhyButtons, whyButton } from "./why/button";
import "./neighbor-list.css";

const COUNTS = NEIGHBOR_COUNTS.map((count) => ({ value: String(count), label: String(count) }));
const WAITING_MS = 200;

export function neighborList(app: App): HTMLElement {
  const metric = segmented<Metric>((value) => app.store.set({ metric: value }));
  const k = segmented((value) => app.store.set({ k: Number(value) as NeighborCount }));
  const script = h("select", { class: "field grow" });
  script.addEventListener("change", () => app.store.set({ script: (script.value || null) as State["script"] }));
  const ofScript = h(
    "label",
    { class: "row" },
    h("span", { class: "muted small" }, localized(app, "neighbors.script")),
    script,
  );
  const list = rankedList();
  const waiting = h("p", { class: "message" });
  const select = () => {
    const { neighbors: found } = app.session.get();
    if (found) app.store.set({ selected: sortedIds(found.map(({ id }) => id)) });
  };
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

  subscribe(app, ["lang", "k", "metric"], () => {
    const now = app.store.get();
    const metrics = METRICS.map((value) => ({ value, label: app.t(`neighbors.${value}`) }));
    metric.show(app.t("neighbors.metric"), metrics, now.metric);
    k.show(app.t("neighbors.k"), COUNTS, String(now.k));
  });
  subscribe(app, ["lang", "script", "scripts"], () => {
    const { lang, script: chosen } = app.store.get();
    const { scripts } = app.session.get();
    const choices = scripts.map(({ script: name, n }) =>
      h("option", { value: name }, `${app.t(`script.${name}`)} (${n.toLocaleString(LOCALES[lang])})`),
    );
    // One that an address names and this table lacks stays a choice: it says why nothing is found.
    if (chosen !== null && !scripts.some(({ script: name }) => name === chosen))
      choices.push(h("option", { value: chosen }, app.t(`script.${chosen}`)));
    fill(script, h("option", { value: "" }, app.t("neighbors.script.all")), ...choices);
    script.value = chosen ?? "";
    ofScript.hidden = choices.length < 2 && chosen === null;
  });
  subscribe(app, ["colorBy"], () => {
    const { colorBy } = app.store.get();
    if (colorBy !== "similarity") otherColors = colorBy;
    colorThese.setAttribute("aria-pressed", String(colorBy === "similarity"));
  });
  subscribe(app, ["lang", "neighbors"], () => {
    const { neighbors: found } = app.session.get();
    const { metric: by } = app.store.get();
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
    h("div", { class: "row wrap" }, metric.element, k.element),
    ofScript,
    labeled(app, list, "neighbors.title"),
    waiting,
    h("div", { class: "row wrap" }, selectThese, colorThese),
  );
}
