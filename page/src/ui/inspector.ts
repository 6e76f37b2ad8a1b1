/** The chosen token: its id, count and norm, its vector, and its neighbors in the original space. */
import type { App, Panel } from "../app";
import { codePoints, quoted } from "../state/codepoints";
import { display } from "../state/display";
import { placedTokens, presentable } from "../state/examples";
import { count, percent, significant } from "../state/numbers";
import { standing, total } from "../state/percentiles";
import { lastMoment } from "../state/timeline";
import { comparedFacts } from "./comparison/facts";
import { comparedNeighbors } from "./comparison/neighbors";
import { fill, h } from "./dom";
import type { Key } from "./i18n";
import { icon } from "./icons";
import { neighborList } from "./neighbor-list";
import { metadataFacts } from "./metadata-facts";
import { labeled, locale, localized, subscribe } from "./subscribe";
import { vectorView } from "./vector";
import { withMarks } from "./token-marks";
import "./inspector.css";

export const inspectorPanel: Panel = (app) => {
  const { hasVectors, comparison } = app.source.manifest;
  const neighbors = comparison ? comparedNeighbors(app, comparison) : neighborList(app);
  const rest = hasVectors ? [vectorView(app), neighbors] : [noVectors(app)];
  const parts = h("div", { class: "inspector-parts" }, head(app), ...rest);
  const empty = invitation(app);
  const deselect = () => app.choose(null);
  const button = h(
    "button",
    { type: "button", class: "button small quiet icon end", onclick: deselect },
    icon("close"),
  );
  const close = labeled(app, button, "inspector.close");
  subscribe(app, ["chosen"], () => {
    const isEmpty = app.store.get().chosen === null;
    parts.hidden = close.hidden = isEmpty;
    empty.hidden = !isEmpty;
  });
  const title = h("h2", { class: "panel-title" }, localized(app, "inspector.title"), close);
  return h("section", { class: "panel inspector" }, title, empty, parts);
};

/** How many tokens are offered while none is chosen. */
const OFFERED = 6;

function invitation(app: App): HTMLElement {
  const offers = h("div", { class: "row wrap" });
  const offer = (id: number) =>
    h(
      "button",
      { type: "button", class: "token", onclick: () => app.choose(id, true) },
      ...withMarks(display(app.tokens.token(id))),
    );
  subscribe(app, ["importance", "norms", "undirected"], () => {
    const { norms, undirected } = app.session.get();
    const offered = presentable(app.tokens, app.importance, placedTokens(norms, undirected), OFFERED);
    fill(offers, ...offered.map(offer));
  });
  const words: Key = app.source.manifest.hasCounts ? "inspector.emptyCounted" : "inspector.empty";
  return h("div", { class: "stack" }, h("p", { class: "muted" }, localized(app, words)), offers);
}

function noVectors(app: App): HTMLElement {
  return h("p", { class: "message" }, localized(app, "inspector.noVectors"));
}

/** Run for a token each time one is chosen or the language changes. */
function forChosen(app: App, run: (id: number) => void): void {
  subscribe(app, ["chosen", "lang", "counts", "norms", "shownMoment", "lengths", "isLive", "length"], () => {
    const { chosen } = app.store.get();
    if (chosen !== null) run(chosen);
  });
}

function head(app: App): HTMLElement {
  const name = h("h3", { class: "inspector-token" });
  const raw = h("code", { class: "inspector-raw" });
  const points = h("ol", { class: "code-points scroll" });
  const details = h("details", { class: "fold" }, h("summary", {}, localized(app, "inspector.codePoints")), points);
  const facts = h("dl", { class: "facts" });
  const fillPoints = () => {
    const { chosen } = app.store.get();
    if (chosen === null || !details.open) return;
    const rows = codePoints(app.tokens.token(chosen)).map(({ code, shown }) =>
      h("li", {}, h("span", { class: "number muted" }, code), h("span", {}, shown)),
    );
    fill(points, ...rows);
  };
  details.addEventListener("toggle", fillPoints);
  forChosen(app, (id) => {
    const token = app.tokens.token(id);
    const shown = display(token);
    fill(name, ...withMarks(shown));
    name.dataset.length = shown.length <= 14 ? "short" : shown.length <= 40 ? "middle" : "long";
    raw.hidden = shown === token;
    fill(raw, quoted(token));
    details.hidden = token === "";
    fillPoints();
    fill(facts, ...factsOf(app, id));
  });
  const { comparison } = app.source.manifest;
  const ofBoth = comparison ? comparedFacts(app, comparison) : null;
  return h("div", { class: "stack" }, name, raw, facts, ofBoth, metadataFacts(app), details);
}

function factsOf(app: App, id: number): HTMLElement[] {
  const { t } = app;
  const { counts, norms } = app.session.get();
  const number = (text: string) => h("span", { class: "number" }, text);
  const small = (text: string) => h("span", { class: "muted small" }, text);
  const facts: HTMLElement[] = [h("dt", {}, t("inspector.id")), h("dd", {}, number(String(id)))];
  if (app.source.manifest.comparison) return facts; // the others differ from table to table
  if (counts) {
    const share = percent(locale(app), counts[id] / (total(counts) || 1));
    facts.push(
      h("dt", {}, t("inspector.count")),
      h("dd", {}, number(count(locale(app), counts[id])), small(t("inspector.share", { share }))),
    );
  }
  const length = lengthNow(app, id);
  if (length !== null && Number.isNaN(length))
    facts.push(h("dt", {}, t("inspector.norm")), h("dd", {}, small(t("inspector.notFinite"))));
  else if (length !== null) {
    const others = norms && isAtEnd(app) ? lengthAmongOthers(app, norms, id) : [];
    facts.push(h("dt", {}, t("inspector.norm")), h("dd", {}, number(significant(locale(app), length)), ...others));
  }
  return facts;
}

/** Whether the numbers shown are those of the table itself, not of an earlier moment. */
function isAtEnd(app: App): boolean {
  const { shownMoment, isLive } = app.session.get();
  if (isLive) return false;
  return shownMoment === null || shownMoment === lastMoment(app.source.manifest);
}

/** The length of a token's vector at the moment that is shown; null while unknown. */
function lengthNow(app: App, id: number): number | null {
  const { norms, lengths, length, isLive, shownMoment } = app.session.get();
  if (isLive) return length;
  if (isAtEnd(app)) return norms?.[id] ?? null;
  return lengths?.[shownMoment!] ?? null;
}

/** Fewer others are counted, more are a share. */
const COUNTED = 100;

/** How long the vector of a token is among all: nothing where there is no other. */
function lengthAmongOthers(app: App, norms: Float32Array, id: number): HTMLElement[] {
  const { rank, n, smaller } = standing(norms, norms[id]);
  if (n < 2) return [];
  const others = n - 1;
  const bar = h("div", { class: "standing", "aria-hidden": "true" });
  bar.style.setProperty("--part", `${(100 * smaller) / others}%`);
  const longer =
    smaller === others
      ? app.t("inspector.longest")
      : rank === n
        ? app.t("inspector.shortest")
        : others < COUNTED
          ? app.t("inspector.longerThanSome", { n: smaller, others })
          : app.t("inspector.longer", { share: percent(locale(app), smaller / others) });
  const small = (text: string) => h("span", { class: "muted small" }, text);
  return [small(app.t("inspector.rank", { rank, n })), bar, small(longer)];
}
