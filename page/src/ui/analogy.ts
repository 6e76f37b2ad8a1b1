/** a is to b as c is to ? */
import type { App, Panel } from "../app";
import type { Neighbor } from "../data/source";
import { exampleAnalogy } from "../state/axes";
import { display } from "../state/display";
import { latestOnly } from "../state/latest";
import { type AnalogyIds, NO_ANALOGY } from "../state/state";
import { fill, h } from "./dom";
import { errorText } from "./errors";
import { subscribe, freshId, labeled, localized } from "./subscribe";
import { fillRanked, rankedList } from "./ranked";
import { tokenField } from "./token-field";
import "./analogy.css";

const LETTERS = ["a", "b", "c"] as const;
const ANSWERS = 5;

export const analogyPanel: Panel = (app) => {
  const title = h("h2", { class: "panel-title" }, localized(app, "analogy.title"));
  const without = () => h("p", { class: "message" }, localized(app, "inspector.noVectors"));
  return h("section", { class: "panel analogy" }, title, app.source.manifest.hasVectors ? question(app) : without());
};

function question(app: App): HTMLElement {
  const { store, t } = app;
  const messageId = freshId("analogy");
  const message = h("p", { class: "message warn", id: messageId });
  const fields = LETTERS.map((letter) =>
    tokenField(app, { label: () => t(`analogy.${letter}`), placeholder: letter, many: false, onCommit: commit }),
  );
  const [a, b, c] = fields;
  const answer = h("button", { type: "button", class: "button analogy-answer" });
  const list = labeled(app, rankedList(), "analogy.answers");
  const latest = latestOnly();
  let found: readonly Neighbor[] = [];
  let problem: string | null = null;

  answer.addEventListener("click", () => found.length && app.choose(found[0].id, true));

  function show(): void {
    app.session.set({ answer: found[0]?.id ?? null });
    // Not `disabled`: leaving the last field with Tab arrives here before the answer does.
    answer.setAttribute("aria-disabled", String(found.length === 0));
    const best = found.length ? display(app.tokens.token(found[0].id)) : "?";
    fill(answer, h("span", { class: "cut" }, best));
    answer.setAttribute("aria-label", t("analogy.answer", { token: best }));
    list.hidden = found.length === 0;
    fillRanked(app, list, found, "cosine");
    message.hidden = problem === null;
    fill(message, problem);
  }

  /** Say which fields hold no token of the vocabulary. */
  function check(): void {
    const unknown = fields.filter((field) => field.id() === null && field.text() !== "");
    for (const field of fields) field.mark(unknown.includes(field), messageId);
    problem = unknown.length ? t("analogy.unknown", { words: unknown.map((field) => field.text()).join(", ") }) : null;
  }

  function commit(): void {
    const ids: AnalogyIds = [a.id(), b.id(), c.id()];
    if (ids.some((id, at) => id !== store.get().analogy[at])) return store.set({ analogy: ids });
    check();
    show();
  }

  function ask(): void {
    const { analogy } = store.get();
    const [idA, idB, idC] = analogy;
    fields.forEach((field, at) => {
      if (field.id() !== analogy[at]) field.setToken(analogy[at]);
    });
    clear.hidden = analogy.every((id) => id === null);
    check();
    latest.stop();
    found = [];
    app.session.set({ answer: null });
    if (idA === null || idB === null || idC === null) return show();
    const request = { positive: [idB, idC], negative: [idA], k: ANSWERS, metric: "cosine" } as const;
    void latest.ask((signal) => app.source.nearest(request, signal), {
      answer(answers) {
        found = answers;
        show();
        if (found.length) app.announce(t("analogy.answer", { token: display(app.tokens.token(found[0].id)) }));
      },
      failure(error) {
        problem = errorText(store.get().lang, error.message);
        show();
      },
    });
  }

  const fromChosen = h("button", {
    type: "button",
    class: "button small",
    onclick: () => {
      a.setToken(store.get().chosen);
      commit();
    },
  });
  const clear = h(
    "button",
    { type: "button", class: "button small quiet", onclick: () => store.set({ analogy: NO_ANALOGY }) },
    localized(app, "analogy.clear"),
  );
  const example = () => {
    const words = exampleAnalogy(app.tokens, app.importance, store.get().lang);
    fields.forEach((field, at) => field.setText(words[at] ?? ""));
    commit();
  };
  subscribe(app, ["chosen", "lang"], () => {
    const { chosen } = store.get();
    fromChosen.hidden = chosen === null;
    if (chosen === null) return;
    const text = t("analogy.fill", { token: display(app.tokens.token(chosen)) });
    fill(fromChosen, h("span", { class: "cut" }, text));
  });
  subscribe(app, ["lang"], show);
  subscribe(app, ["analogy"], ask);
  app.onDestroy(latest.stop);

  const colon = () => h("span", { class: "muted", "aria-hidden": "true" }, ":");
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "message" }, localized(app, "analogy.rule")),
    h("div", { class: "analogy-grid" }, a.element, colon(), b.element, c.element, colon(), answer),
    message,
    list,
    h(
      "div",
      { class: "row wrap" },
      fromChosen,
      h("button", { type: "button", class: "button small", onclick: example }, localized(app, "analogy.example")),
      clear,
    ),
  );
}
