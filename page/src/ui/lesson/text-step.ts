/** Where the reader types the text that the third lesson follows, and sees its tokens and ids. */
import type { App } from "../../app";
import type { TrainingStep } from "../../data/language-model";
import { fill, h } from "../dom";
import { freshId, labeled, localized, subscribe } from "../subscribe";
import { paragraph } from "./parts";
import { tokenChip, tokensRead } from "./token-chip";

export interface TextStep {
  readonly element: HTMLElement;
  /** The text that is followed, and its tokens. */
  show(text: string, step: TrainingStep): void;
  /** Say why a text cannot be followed; "": it can. */
  fail(message: string): void;
}

export function textStep(app: App): TextStep {
  const { store, t } = app;
  const messageId = freshId("model-text");
  const field = labeled(
    app,
    h("textarea", {
      class: "field lesson-field",
      rows: "2",
      spellcheck: "false",
      autocapitalize: "off",
      "aria-describedby": messageId,
    }),
    "model.text",
  );
  field.addEventListener("input", () => store.set({ text: field.value }));
  // The arrow keys move the cursor here, not the lesson.
  field.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation());
  const message = h("p", { class: "message warn", id: messageId, hidden: true });
  const tokens = h("div", { class: "lesson-pairs is-many" });
  const note = h("div");
  const element = h(
    "div",
    { class: "lesson-words" },
    h("p", {}, localized(app, "model.tokens.body")),
    field,
    message,
    tokens,
    note,
  );
  let followed: TrainingStep | null = null;

  function draw(): void {
    if (followed === null) return;
    const { target } = followed;
    const { dropped, tokens: read } = tokensRead(followed);
    fill(
      tokens,
      dropped > 0 && h("div", { class: "lesson-dropped muted" }, "…"),
      ...[...read, target].map((one, at) => {
        const isTarget = at === read.length;
        return h(
          "div",
          { class: isTarget ? "is-target" : "" },
          tokenChip(app, one, at),
          h("span", { class: "lesson-arrow", "aria-hidden": "true" }, "↓"),
          h("span", { class: "text-id" }, one.id),
        );
      }),
    );
    fill(note, paragraph(t(read.length > 0 ? "model.tokens.target" : "model.tokens.alone")));
  }
  subscribe(app, ["lang"], draw);

  return {
    element,
    show(text, step) {
      followed = step;
      const own = store.get().text;
      field.placeholder = text;
      if (own.trim() !== "" || document.activeElement !== field) field.value = own || text;
      draw();
    },
    fail(why) {
      message.hidden = why === "";
      message.textContent = why;
    },
  };
}
