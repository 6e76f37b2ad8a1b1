/** What the text says of two tokens: how often they occur, the contexts that both share, and lines with them. */
import type { App } from "../../app";
import type { Evidence, KeywordInContext } from "../../data/why";
import { display } from "../../state/display";
import { count } from "../../state/numbers";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import { locale, localized, subscribe } from "../subscribe";
import { withMarks } from "../token-marks";
import { askedLine } from "./asked";

const KINDS = ["both", "a", "b"] as const;

export function evidencePart(app: App): HTMLElement {
  const { text } = app.source.manifest.explains ?? { text: null };
  const line = askedLine(app, "why.reading");
  const missing = h("p", { class: "message" }, localized(app, "why.noText"));
  missing.hidden = text !== null;
  const body = h("div", { class: "stack" });
  const title = h("h3", { class: "label" });
  subscribe(app, ["explanation", "lang"], () => {
    const { evidence } = app.session.get().explanation;
    fill(title, text ? app.t("why.textNamed", { name: text }) : app.t("why.text"));
    line.show(evidence);
    fill(body, ...(evidence.answer === null ? [] : parts(app, evidence.answer)));
  });
  return h("div", { class: "stack why-evidence" }, title, missing, line.element, body);
}

function parts(app: App, { window, counts, together, note, contexts, lines }: Evidence): HTMLElement[] {
  const names = (app.store.get().pair ?? []).map((id) => display(app.tokens.token(id)));
  const facts = [
    ...names.map((token, at) => app.t("why.occurs", { token, n: counts[at] })),
    app.t("why.together", { n: together, window }),
  ];
  return [
    h("ul", { class: "why-facts small" }, ...facts.map((fact) => h("li", {}, fact))),
    ...(note === null ? [] : [h("p", { class: "message warn" }, errorText(app.store.get().lang, note))]),
    ...(contexts.length ? [contextTable(app, names, contexts)] : []),
    ...KINDS.flatMap((kind) => {
      const found = lines.filter((each) => each.kind === kind);
      const token = names[kind === "b" ? 1 : 0];
      const heading = kind === "both" ? app.t("why.linesBoth") : app.t("why.lines", { token });
      return found.length ? [lineList(heading, found)] : [];
    }),
  ];
}

function contextTable(app: App, names: readonly string[], contexts: Evidence["contexts"]): HTMLElement {
  const head = [app.t("why.context"), ...names].map((name) => h("th", { scope: "col", class: "cut" }, name));
  const rows = contexts.map(({ id, counts }) => {
    const token = display(app.tokens.token(id));
    const choose = () => app.choose(id, true);
    return h(
      "tr",
      {},
      h("td", {}, h("button", { type: "button", class: "token", onclick: choose }, ...withMarks(token))),
      ...counts.map((n) => h("td", { class: "number" }, count(locale(app), n))),
    );
  });
  return h(
    "table",
    { class: "why-contexts small" },
    h("caption", { class: "message" }, app.t("why.contexts")),
    h("thead", {}, h("tr", {}, ...head)),
    h("tbody", {}, ...rows),
  );
}

/** Lines with their words below each other, of which what does not fit is cut at the far ends; whole with both words. */
function lineList(heading: string, lines: readonly KeywordInContext[]): HTMLElement {
  const rows = lines.map(({ kind, before, word, after }) =>
    h(
      "li",
      { class: kind === "both" ? "why-line whole" : "why-line", title: `${before}${word}${after}` },
      h("span", { class: "why-before" }, h("span", {}, before)),
      h("mark", {}, word),
      h("span", { class: "why-after" }, after),
    ),
  );
  return h(
    "div",
    { class: "stack" },
    h("h4", { class: "message" }, heading),
    h("ul", { class: "why-lines small" }, ...rows),
  );
}
