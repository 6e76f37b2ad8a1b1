/** The chosen token over time: its similarity to another, the length of its vector, its way; and what moved most. */
import type { App, Panel } from "../../app";
import { display } from "../../state/display";
import { decimal, significant } from "../../state/numbers";
import { hasVectorsOfAll, momentsOf, TRAILS, type Trails } from "../../state/timeline";
import { segmented } from "../controls";
import { fill, h } from "../dom";
import { knownError } from "../errors";
import { freshId, labeled, locale, localized, subscribe } from "../subscribe";
import { tokenField } from "../token-field";
import { curves } from "./curves";
import { momentNumber } from "./moment-text";
import { movedMostList } from "./moved-most";
import "./over-time.css";

/** null: there is no timeline. */
export const overTimePanel: (app: App) => HTMLElement | null = (app) =>
  app.source.manifest.timeline === null || app.source.manifest.comparison ? null : panel(app);

const panel: Panel = (app) => {
  const { findings } = app.source.manifest.timeline!;
  const lines = findings.map((line) => {
    const text = h("p", { class: "message warn" });
    subscribe(app, ["lang"], () => fill(text, knownError(app.store.get().lang, line) ?? line));
    return text;
  });
  const parts = momentsOf(app.source.manifest).length === 0 ? [] : [aboutChosen(app), movedMostList(app)];
  const title = h("h2", { class: "panel-title" }, localized(app, "timeline.title"));
  const element = h("section", { class: "panel over-time" }, title, ...lines, ...parts);
  element.hidden = lines.length + parts.length === 0;
  return element;
};

function aboutChosen(app: App): HTMLElement {
  const hint = h("p", { class: "message" }, localized(app, "timeline.chooseFirst"));
  const vectors = hasVectorsOfAll(app.source.manifest) ? [similarity(app), length(app)] : [withoutVectors(app)];
  const parts = h("div", { class: "stack" }, ...vectors, trails(app));
  subscribe(app, ["chosen"], () => {
    const isEmpty = app.store.get().chosen === null;
    hint.hidden = !isEmpty;
    parts.hidden = isEmpty;
  });
  return h("div", { class: "stack" }, hint, parts);
}

function withoutVectors(app: App): HTMLElement {
  return h("p", { class: "message" }, localized(app, "timeline.noVectors"));
}

/** "When did king meet queen?" */
function similarity(app: App): HTMLElement {
  const { store, session, t } = app;
  const messageId = freshId("compared");
  const message = h("p", { class: "message warn", id: messageId });
  const question = h("h3", { class: "label" });
  const field = tokenField(app, { label: () => t("timeline.compared"), many: false, onCommit: commit });
  function commit(): void {
    const id = field.id();
    const isUnknown = id === null && field.text() !== "";
    field.mark(isUnknown, messageId);
    fill(message, isUnknown ? t("analogy.unknown", { words: field.text() }) : "");
    message.hidden = !isUnknown;
    if (!isUnknown) store.set({ compared: id });
  }
  message.hidden = true;
  const chart = valueOverTime(app, (value) => decimal(locale(app), value, 3));
  subscribe(app, ["meeting"], () => {
    const { meeting } = session.get();
    chart.show(meeting?.similarities ?? null);
    if (meeting !== null) field.setToken(meeting.id);
  });
  subscribe(app, ["meeting", "chosen", "lang"], () => {
    const { meeting } = session.get();
    const { chosen } = store.get();
    const name = (id: number | null | undefined) => (typeof id !== "number" ? "…" : display(app.tokens.token(id)));
    fill(question, t("timeline.meeting", { a: name(chosen), b: name(meeting?.id) }));
  });
  const row = h("div", { class: "row" }, h("span", { class: "label" }, localized(app, "timeline.with")), field.element);
  return h("div", { class: "stack" }, question, row, message, chart.element);
}

function length(app: App): HTMLElement {
  const chart = valueOverTime(app, (value) => significant(locale(app), value, 4));
  subscribe(app, ["lengths"], () => chart.show(app.session.get().lengths));
  return h("div", { class: "stack" }, h("h3", { class: "label" }, localized(app, "legend.norm")), chart.element);
}

interface Chart {
  readonly element: HTMLElement;
  /** One value a moment; null while they are unknown. */
  show(values: Float32Array | null): void;
}

/** A curve, with the value at the moment that is shown, or pointed at, written below it. */
function valueOverTime(app: App, format: (value: number) => string): Chart {
  let values: Float32Array | null = null;
  let pointed: number | null = null;
  const text = h("p", { class: "over-time-value number" });
  const write = () => {
    const moment = pointed ?? Math.round(app.store.get().moment);
    const value = values?.[moment] ?? NaN;
    const written = Number.isNaN(value) ? app.t("timeline.noValue") : format(value);
    fill(text, h("strong", {}, values === null ? "…" : written), ` ${momentNumber(app, moment)}`);
  };
  const line = curves(app, (moment) => {
    pointed = moment;
    write();
  });
  subscribe(app, ["shownMoment", "lang"], write);
  return {
    element: h("div", { class: "over-time-chart" }, line.element, text),
    show(next) {
      values = next;
      line.show(next === null ? [] : [next]);
      write();
    },
  };
}

function trails(app: App): HTMLElement {
  const choice = segmented<Trails>((value) => app.store.set({ trails: value }));
  subscribe(app, ["lang", "trails"], () => {
    const choices = TRAILS.map((value) => ({ value, label: app.t(`trails.${value}`) }));
    choice.show(app.t("timeline.trails"), choices, app.store.get().trails);
  });
  const label = h("span", { class: "label" }, localized(app, "timeline.trails"));
  return labeled(app, h("div", { class: "row wrap", role: "group" }, label, choice.element), "timeline.trails");
}
