/** Where the reader picks the two words of the second lesson: pairs to press, and a field for each word. */
import type { App } from "../../app";
import { display } from "../../state/display";
import type { Pair } from "../../state/meaning-lesson";
import { hasVectorsOfAll, momentsOf } from "../../state/timeline";
import { fill, h } from "../dom";
import { freshId, localized, subscribe } from "../subscribe";
import { tokenField } from "../token-field";
import { withMarks } from "../token-marks";

export interface WordsStep {
  readonly element: HTMLElement;
  show(suggested: readonly Pair[], pair: Pair): void;
}

const FIELDS = ["meaning.first", "meaning.second"] as const;

export function wordsStep(app: App, pick: (pair: Pair) => void): WordsStep {
  const { t, tokens } = app;
  const { manifest } = app.source;
  const messageId = freshId("words");
  const intro = h("p");
  const buttons = h("div", { class: "row wrap lesson-suggested" });
  const message = h("p", { class: "message warn", id: messageId, hidden: true });
  const fields = FIELDS.map((key) => tokenField(app, { label: () => t(key), many: false, onCommit: commit }));
  const rows = FIELDS.map((key, at) =>
    h("div", {}, h("span", { class: "label" }, localized(app, key)), fields[at].element),
  );
  const element = h("div", { class: "lesson-words" }, intro, buttons, ...rows, message);
  subscribe(app, ["lang"], () => {
    const n = momentsOf(manifest).length;
    fill(
      intro,
      t("meaning.words.body", { n }),
      " ",
      t(`meaning.words.${hasVectorsOfAll(manifest) ? "closer" : "any"}`),
    );
  });

  function commit(): void {
    const [a, b] = fields.map((field) => field.id());
    const unknown = fields.filter((field) => field.id() === null).map((field) => field.text());
    const isSame = a !== null && a === b;
    fields.forEach((field) => field.mark(field.id() === null || isSame, messageId));
    fill(message, isSame ? t("meaning.same") : t("analogy.unknown", { words: unknown.join(" ") }));
    message.hidden = a !== null && b !== null && !isSame;
    if (message.hidden) pick([a!, b!]);
  }

  return {
    element,
    show(suggested, pair) {
      const names = (ids: Pair) => ids.map((id) => display(tokens.token(id)));
      const button = (ids: Pair) =>
        h(
          "button",
          {
            type: "button",
            class: "button small",
            "data-focus": ids.join(" "),
            "aria-pressed": String(ids.every((id, at) => id === pair[at])),
            onclick: () => pick(ids),
          },
          ...withMarks(names(ids).join(" · ")),
        );
      const focused = buttons.querySelector(":focus")?.getAttribute("data-focus");
      fill(buttons, ...suggested.map(button));
      if (focused) buttons.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
      fields.forEach((field, at) => {
        field.setToken(pair[at]);
        field.mark(false, messageId);
      });
      message.hidden = true;
    },
  };
}
