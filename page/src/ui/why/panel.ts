/** Why the chosen token and another one are near: their cosine as a sum, and what the text says. */
import type { App, Panel } from "../../app";
import { display } from "../../state/display";
import { momentsOf } from "../../state/timeline";
import { bringIntoView } from "../bring-into-view";
import { fill, h } from "../dom";
import { icon } from "../icons";
import { freshId, labeled, localized, subscribe } from "../subscribe";
import { tokenField } from "../token-field";
import { withMarks } from "../token-marks";
import { evidencePart } from "./evidence";
import { sumPart } from "./sum";
import "./why.css";

/** How many other tokens are offered. */
const OFFERED = 5;

export const whyPanel: Panel = (app) => {
  const { store, session, source } = app;
  const shut = () => store.set({ pair: null });
  const close = labeled(
    app,
    h("button", { type: "button", class: "button small quiet icon end", onclick: shut }, icon("close")),
    "why.close",
  );
  const title = h("h2", { class: "panel-title" }, localized(app, "why.title"), close);
  const rest =
    source.manifest.explains === null
      ? [h("p", { class: "message" }, localized(app, "why.fileOnly"))]
      : [question(app), answer(app)];
  const element = h("section", { class: "panel why" }, title, ...rest);
  subscribe(app, ["chosen", "pair", "isLive"], () => {
    const { chosen } = store.get();
    element.hidden = chosen === null || session.get().isLive || !source.manifest.hasVectors;
    close.hidden = !isShown(app);
  });
  app.onDestroy(
    store.subscribe((now, before) => {
      if (now.pair !== before.pair && isShown(app)) bringIntoView(element);
    }),
  );
  return element;
};

/** Whether the pair of the state is about the chosen token; another token may be chosen meanwhile. */
function isShown({ store }: App): boolean {
  const { pair, chosen } = store.get();
  return pair !== null && pair[0] === chosen;
}

function question(app: App): HTMLElement {
  const { store, t } = app;
  const messageId = freshId("why");
  const message = h("p", { class: "message warn", id: messageId });
  const first = h("strong", { class: "cut" });
  const field = tokenField(app, { label: () => t("why.other"), placeholder: "…", many: false, onCommit: commit });
  const offers = h("div", { class: "row wrap" });

  function commit(): void {
    const { chosen } = store.get();
    const id = field.id();
    const isUnknown = id === null && field.text() !== "";
    const isSame = id !== null && id === chosen;
    field.mark(isUnknown || isSame, messageId);
    message.hidden = !isUnknown && !isSame;
    fill(message, isSame ? t("why.same") : t("why.unknown", { word: field.text() }));
    if (chosen !== null && !isUnknown && !isSame) store.set({ pair: id === null ? null : [chosen, id] });
  }

  function offer(id: number): HTMLElement {
    const ask = () => store.set({ pair: [store.get().chosen!, id] });
    return h("button", { type: "button", class: "token", onclick: ask }, ...withMarks(display(app.tokens.token(id))));
  }

  subscribe(app, ["chosen", "pair", "lang"], () => {
    const { chosen, pair } = store.get();
    if (chosen === null) return;
    fill(first, ...withMarks(display(app.tokens.token(chosen))));
    field.setToken(isShown(app) ? pair![1] : null);
    field.mark(false, messageId);
    message.hidden = true;
  });
  subscribe(app, ["chosen", "pair", "selected", "neighbors"], () => {
    const { chosen, selected } = store.get();
    const others = [...selected].filter((id) => id !== chosen);
    const near = (app.session.get().neighbors ?? []).map(({ id }) => id);
    // A few selected tokens were selected to be compared.
    const offered = others.length > 0 && others.length <= OFFERED ? others : near.slice(0, OFFERED);
    fill(offers, ...offered.map(offer));
    offers.hidden = isShown(app);
  });
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "row why-pair" },
      first,
      h("span", { class: "muted", "aria-hidden": "true" }, "·"),
      field.element,
    ),
    message,
    offers,
  );
}

function answer(app: App): HTMLElement {
  const ofLast = h("p", { class: "message" }, localized(app, "why.ofLast"));
  const element = h("div", { class: "stack" }, ofLast, sumPart(app), evidencePart(app));
  ofLast.hidden = momentsOf(app.source.manifest).length === 0;
  subscribe(app, ["chosen", "pair"], () => (element.hidden = !isShown(app)));
  return element;
}
