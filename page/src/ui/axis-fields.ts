/** The fields of custom axes: for each dimension, from some words to others. */
import type { App } from "../app";
import { AXIS_LETTERS, exampleAxes, readWords } from "../state/axes";
import type { AxisWords } from "../state/state";
import { axisChoice, offerOfAxes } from "./axis-choice";
import { fill, h } from "./dom";
import { subscribe, freshId, localized } from "./subscribe";
import { tokenField } from "./token-field";
import "./axis-fields.css";

export function axisFields(app: App): HTMLElement {
  const { store, t } = app;
  const fillIn = () => store.set({ axes: exampleAxes(app.tokens, app.importance, store.get().lang) });
  const rows = AXIS_LETTERS.map((_, axis) => axisRow(app, axis));
  const hint = h("p", { class: "message" });
  const until = h("p", { class: "message" });
  const element = h(
    "div",
    { class: "stack" },
    ...rows,
    hint,
    until,
    h("button", { type: "button", class: "button small start", onclick: fillIn }, localized(app, "axes.example")),
    offerOfAxes(app),
  );
  subscribe(app, ["method", "dims", "axes", "independent", "lang"], () => {
    const { method, dims, axes, independent } = store.get();
    element.hidden = method !== "axes";
    rows.forEach((row, axis) => (row.hidden = axis >= dims));
    const ofTokens = axes.slice(0, dims).filter((_, axis) => independent[axis] === 0);
    const isComplete = ofTokens.every(({ from, to }) => from.trim() && to.trim());
    fill(hint, t(isComplete ? "axes.hint" : "axes.incomplete"));
    hint.hidden = ofTokens.length === 0;
  });
  subscribe(app, ["projected", "dims", "axes", "independent", "lang"], () => {
    const { projected } = app.session.get();
    const { dims, axes, independent } = store.get();
    const ends = axes.slice(0, dims).flatMap(({ from, to }, axis) => (independent[axis] > 0 ? [] : [from, to]));
    const areKnown = ends.every((text) => text.trim() && readWords(app.tokens, text).unknown.length === 0);
    until.hidden = areKnown || projected === "axes";
    fill(until, t("axes.until", { method: t(`projection.${projected}`) }));
  });
  return element;
}

function axisRow(app: App, axis: number): HTMLElement {
  const { store, t } = app;
  const letter = AXIS_LETTERS[axis];
  const messageId = freshId("axis");
  const message = h("p", { class: "message warn", id: messageId });
  const ends = (["from", "to"] as const).map((end) => {
    const field = tokenField(app, {
      label: () => t(`axes.${end}`, { axis: letter }),
      placeholder: "…",
      many: true,
      onCommit: () => {
        const read = readWords(app.tokens, field.text());
        store.set({ axes: replaced(store.get().axes, axis, { [end]: read.text }) });
      },
    });
    return { end, field };
  });

  subscribe(app, ["axes", "lang"], () => {
    const unknown = ends.flatMap(({ end, field }) => {
      const text = store.get().axes[axis][end];
      const words = readWords(app.tokens, text).unknown;
      if (text !== field.text()) field.setText(text);
      field.mark(words.length > 0, messageId);
      return words;
    });
    message.hidden = unknown.length === 0;
    fill(message, t("axes.unknown", { words: unknown.join(", ") }));
  });

  const [from, to] = ends.map(({ field }) => field.element);
  const arrow = h("span", { class: "muted", "aria-hidden": "true" }, "→");
  const words = h("div", { class: "row grow" }, from, arrow, to);
  subscribe(app, ["independent"], () => (words.hidden = store.get().independent[axis] > 0));
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "row axis" },
      h("span", { class: "label", "aria-hidden": "true" }, letter),
      h("div", { class: "stack grow" }, axisChoice(app, axis, letter), words),
    ),
    message,
  );
}

function replaced(axes: readonly AxisWords[], at: number, change: Partial<AxisWords>): AxisWords[] {
  return axes.map((words, axis) => (axis === at ? { ...words, ...change } : words));
}
