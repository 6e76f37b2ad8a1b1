/** a is to b as c is to ? */
import type { App, Panel } from "../app";
import type { Neighbor } from "../data/source";
import { exampleAnalogy } from "../state/axes";
import { display } from "../state/display";
import { fill, h } from "./dom";
import { subscribe, freshId, labeled, localized } from "./subscribe";
import { fillRanked, rankedList } from "./ranked";
import { type TokenField, tokenField } from "./token-field";
import "./panels.css";

const LETTERS = ["a", "b", "c"] as const;
const ANSWERS = 5;

export const analogyPanel: Panel = (app) => {
  const title = h("h2", { class: "panel-title" }, localized(app, "analogy.title"));
  const without = () => h("p", { class: "message" }, localized(app, "inspector.noVectors"));
  return h("section", { class: "panel analogy" }, title, app.source.manifest.hasVectors ? question(app) : without());
};

function question(app: App): HTMLElement {
  const { t } = app;
  const messageId = freshId("analogy");
  const message = h("p", { class: "message warn", id: messageId });
  const onCommit = () => void ask();
  const [a, b, c] = LETTERS.map((letter) =>
    tokenField(app, { label: () => t(`analogy.${letter}`), placeholder: letter, many: false, onCommit }),
  );
  const answer = h("button", { type: "button", class: "button analogy-answer" });
  const list = labeled(app, rankedList(), "analogy.answers");
  let found: readonly Neighbor[] = [];
  let asked: AbortController | null = null;
  let wrong: string | null = null;

  answer.addEventListener("click", () => found.length && app.choose(found[0].id, true));

  function show(): void {
    // Not `disabled`: who leaves the last field by Tab arrives here before the answer does.
    answer.setAttribute("aria-disabled", String(found.length === 0));
    const best = found.length ? display(app.tokens.token(found[0].id)) : "?";
    fill(answer, h("span", { class: "cut" }, best));
    answer.setAttribute("aria-label", t("analogy.answer", { token: best }));
    list.hidden = found.length === 0;
    fillRanked(app, list, found, "cosine");
    message.hidden = wrong === null;
    fill(message, wrong);
  }

  async function ask(): Promise<void> {
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    const ids = [a, b, c].map((field) => field.id());
    const unknown = [a, b, c].filter((field, at) => ids[at] === null && field.text() !== "");
    [a, b, c].forEach((field) => field.mark(unknown.includes(field), messageId));
    found = [];
    wrong = unknown.length ? t("analogy.unknown", { words: unknown.map((field) => field.text()).join(", ") }) : null;
    const [idA, idB, idC] = ids;
    if (idA !== null && idB !== null && idC !== null) {
      try {
        const request = { positive: [idB, idC], negative: [idA], k: ANSWERS, metric: "cosine" } as const;
        const answers = await app.source.nearest(request, mine.signal);
        if (mine.signal.aborted) return;
        found = answers;
      } catch (error) {
        if (mine.signal.aborted) return;
        wrong = (error as Error).message;
      }
    }
    show();
    if (found.length) app.announce(t("analogy.answer", { token: display(app.tokens.token(found[0].id)) }));
  }

  function put(field: TokenField, id: number | null): void {
    if (id !== null) field.setToken(id);
  }

  const fromChosen = h("button", {
    type: "button",
    class: "button small",
    onclick: () => {
      put(a, app.store.get().chosen);
      void ask();
    },
  });
  const example = () => {
    const words = exampleAnalogy(app.tokens, app.importance, app.store.get().lang);
    [a, b, c].forEach((field, at) => field.setText(words[at] ?? ""));
    void ask();
  };
  subscribe(
    app,
    ({ chosen, lang }) => [chosen, lang],
    () => {
      const { chosen } = app.store.get();
      fromChosen.hidden = chosen === null;
      if (chosen === null) return;
      const text = t("analogy.fill", { token: display(app.tokens.token(chosen)) });
      fill(fromChosen, h("span", { class: "cut" }, text));
    },
  );
  subscribe(app, ({ lang }) => [lang], show);
  app.onDestroy(() => asked?.abort());

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
    ),
  );
}
