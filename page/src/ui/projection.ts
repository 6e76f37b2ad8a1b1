/** The projection: its method, its progress, and how far to trust it. */
import type { App, Panel } from "../app";
import type { Dims, MethodInfo } from "../data/source";
import { decimal, percent } from "../state/numbers";
import { lookFrom } from "./actions";
import { axisFields } from "./axis-fields";
import { axisTitles } from "./axis-titles";
import { fill, h } from "./dom";
import { errorText } from "./errors";
import { subscribe, freshId, locale, labeled, localized } from "./subscribe";
import type { Key } from "./i18n";
import { stageText } from "./progress";
import { aloneNote, fewerOffer } from "./project-alone";
import { liveNote, ofMoments } from "./live";
import { projectionSettings } from "./projection-settings";
import { pictureChoices } from "./timeline/picture-choices";
import "./ranked.css";
import "./projection.css";

export interface ProjectionActions {
  readonly stop: () => void;
  /** Compute it again, from another seed where it has one. */
  readonly again: () => void;
}

export function projectionPanel(actions: ProjectionActions): Panel {
  return (app) =>
    h(
      "section",
      { class: "panel projection" },
      h("h2", { class: "panel-title" }, localized(app, "projection.title")),
      aloneNote(app),
      methods(app),
      projectionSettings(app),
      liveNote(app),
      ...ofMoments(app, pictureChoices),
      axisFields(app),
      progress(app, actions),
      seed(app, actions),
      axisNames(app),
      trust(app),
    );
}

function methods(app: App): HTMLElement {
  const group = freshId("method");
  const choices = app.source.manifest.methods.map((info) => choice(app, info, group));
  return labeled(app, h("div", { class: "choices", role: "radiogroup" }, ...choices), "projection.title");
}

function choice(app: App, { method, dims }: MethodInfo, group: string): HTMLElement {
  const noteId = freshId("note");
  const radio = h("input", { type: "radio", name: group, "aria-describedby": noteId });
  const note = h("span", { class: "choice-note muted small", id: noteId });
  const name = h("span", { class: "choice-name" }, localized(app, `projection.${method}`));
  const element = h("label", { class: "choice" }, radio, name, note);
  radio.addEventListener("change", () => choose(app, method, dims));
  subscribe(app, ["method", "dims", "lang", "isLive"], () => {
    const now = app.store.get();
    const { missing } = app.source.manifest.methods.find((info) => info.method === method)!;
    // A table in training is drawn by its principal components, whatever is wanted of the end.
    radio.checked = (app.session.get().isLive ? "pca" : now.method) === method;
    radio.disabled = missing !== null;
    element.classList.toggle("is-missing", missing !== null);
    const only: Key = dims.includes(2) ? "projection.only2" : "projection.only3";
    const isOther = missing === null && dims.length > 0 && !dims.includes(now.dims);
    // One line says it of all; the message is said where something asks nevertheless.
    const why = missing !== null && (app.session.get().isLive ? app.t("live.atEnd") : errorText(now.lang, missing));
    fill(note, why || app.t(isOther ? only : `projection.${method}.note`));
  });
  return element;
}

/** A method that does not offer the current number of dimensions changes it. */
function choose(app: App, method: MethodInfo["method"], possible: readonly Dims[]): void {
  const { dims } = app.store.get();
  const next = possible.includes(dims) ? dims : possible[0];
  app.store.set({ method, dims: next });
  if (next !== dims) lookFrom(app, null);
}

/** The running computation, and a way to stop it. Screen readers hear the line over the map, so this one is silent. */
function progress(app: App, { stop, again }: ProjectionActions): HTMLElement {
  const stage = h("span", { class: "grow cut" });
  const bar = labeled(app, h("progress", { max: "1" }), "progress.name");
  const button = h(
    "button",
    { type: "button", class: "button small", onclick: stop },
    localized(app, "projection.stop"),
  );
  const running = h(
    "div",
    { class: "projection-running" },
    h("div", { class: "row" }, stage, button),
    bar,
    fewerOffer(app),
  );
  const what = h("p", { class: "message grow" });
  const stopped = h(
    "div",
    { class: "row" },
    what,
    h("button", { type: "button", class: "button small", onclick: again }, localized(app, "projection.again")),
  );
  subscribe(app, ["progress", "lang"], () => {
    const { progress: now } = app.store.get();
    running.hidden = !now.running;
    fill(stage, stageText(app, now));
    bar.value = now.overall;
    stopped.hidden = now.running || (now.error === null && now.stage !== "stopped");
    what.classList.toggle("warn", now.error !== null);
    fill(what, now.error !== null ? errorText(app.store.get().lang, now.error) : app.t("projection.stopped"));
  });
  return h("div", {}, running, stopped);
}

/** The seed of the methods that start from random numbers. */
function seed(app: App, { again }: ProjectionActions): HTMLElement {
  const field = h("input", { class: "field number", type: "number", min: "0", max: String(2 ** 31 - 1), step: "1" });
  field.addEventListener("change", () => {
    if (field.value !== "" && field.checkValidity()) app.store.set({ seed: Number(field.value) });
    else field.value = String(app.store.get().seed);
  });
  const another = h(
    "button",
    { type: "button", class: "button grow", onclick: again },
    localized(app, "projection.another"),
  );
  const element = h(
    "div",
    { class: "row projection-seed" },
    h("label", { class: "row" }, h("span", { class: "label" }, localized(app, "projection.seed")), field),
    another,
  );
  subscribe(app, ["method", "seed"], () => {
    const { method, seed: now } = app.store.get();
    element.hidden = !app.source.manifest.drawsAnew || (method !== "umap" && method !== "tsne");
    field.value = String(now);
  });
  return element;
}

function axisNames(app: App): HTMLElement {
  const list = h("ol", { class: "projection-axes" });
  const note = h("p", { class: "message" });
  const element = h("div", { class: "stack" }, list, note);
  subscribe(app, ["lang", "projected", "components", "axisNames", "explained"], () => {
    const { explained, projected: method } = app.session.get();
    const hasMeaning = method !== "umap" && method !== "tsne";
    fill(list, ...axisTitles(app, false).map((title, axis) => axisRow(app, title, explained?.[axis] ?? null)));
    list.hidden = list.children.length === 0;
    const together = explained?.reduce((sum, share) => sum + share, 0) ?? null;
    if (!hasMeaning) fill(note, app.t("projection.noAxes"));
    else if (together !== null) fill(note, app.t("projection.together", { share: percent(locale(app), together) }));
    note.hidden = hasMeaning && together === null;
  });
  return element;
}

function axisRow(app: App, name: string, share: number | null): HTMLElement {
  if (share === null) return h("li", {}, h("span", { class: "cut grow" }, name));
  const bar = h("span", { class: "ranked-bar", "aria-hidden": "true" });
  bar.style.setProperty("--part", `${100 * share}%`);
  return h(
    "li",
    {},
    h("span", { class: "cut grow" }, name),
    bar,
    h("span", { class: "number muted small ranked-number" }, percent(locale(app), share)),
  );
}

/** The number of neighbors that tovec.projection.trust compares. */
const COMPARED = 15;

function trust(app: App): HTMLElement {
  const kept = h("p");
  const value = h("p");
  const made = h("p", { class: "message" });
  const because = h("p", { class: "message" });
  const why = h("details", { class: "fold" }, h("summary", {}, localized(app, "trust.why")), because);
  const inspector = h("p", { class: "message" });
  subscribe(app, ["lang", "trust", "recall", "progress", "projected", "dims", "isLive"], () => {
    const { trust: found, recall } = app.session.get();
    const isExact = isDrawnExactly(app);
    const share = isExact ? null : (found?.kept ?? null);
    const worth = share === null ? null : (found?.trustworthiness ?? null);
    fill(kept, isExact ? app.t("trust.exact") : share === null ? notMeasured(app) : keptText(app, share));
    kept.classList.toggle("muted", share === null && !isExact);
    value.hidden = worth === null;
    // Cut, not rounded: 1 is said of nothing but 1.
    if (worth !== null) fill(value, app.t("trust.value", { value: decimal(locale(app), cut(worth), 2) }));
    made.hidden = recall === null || recall >= 1;
    if (recall !== null) fill(made, app.t("trust.recall", { share: percent(locale(app), recall) }));
    why.hidden = share === null || share >= 1;
    fill(because, app.t("trust.because", { dim: app.source.manifest.dim }));
    fill(inspector, app.t(isExact ? "trust.exactInspector" : "trust.inspector"));
  });
  return h(
    "div",
    { class: "stack trust" },
    h("h3", { class: "label" }, localized(app, "trust.title")),
    kept,
    value,
    made,
    why,
    inspector,
  );
}

/** Whether distances between points are those between vectors: all dimensions are drawn, moved or turned at most. */
function isDrawnExactly({ store, session, source }: App): boolean {
  const { isLive, projected: method } = session.get();
  const { dims } = store.get();
  return !isLive && (method === "none" || method === "pca") && source.manifest.dim <= dims;
}

/** `kept`: a share, of all tokens on average. */
function keptText(app: App, kept: number): string {
  if (kept >= 1) return app.t("trust.keptAll", { k: COMPARED });
  const tenths = Math.floor(10 * kept * COMPARED);
  const key: Key = kept > 0 && tenths === 0 ? "trust.keptFewer" : "trust.kept";
  return app.t(key, { kept: decimal(locale(app), Math.max(tenths, kept > 0 ? 1 : 0) / 10, 1), k: COMPARED });
}

function notMeasured({ store, session, source, t }: App): string {
  if (session.get().isLive) return t("live.trustAtEnd");
  if (store.get().progress.running) return t("trust.later");
  const n = store.get().rows.length || source.manifest.nTokens;
  if (session.get().trust !== null) return t("trust.alike");
  // Of so few, the nearest are most of all.
  return n <= 2 * COMPARED ? t("trust.few", { n }) : t("trust.unknown");
}

function cut(value: number): number {
  return Math.floor(100 * value + 1e-6) / 100;
}
