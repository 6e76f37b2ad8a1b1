/** The text pane: the typed text becomes tokens, ids and a line on the map. */
import type { Panel } from "../../app";
import type { Piece } from "../../data/source";
import { coveredTexts, exampleTexts, FREQUENT, joined, sentences } from "../../state/examples";
import { latestOnly } from "../../state/latest";
import { count } from "../../state/numbers";
import { lessonsOf } from "../../state/lessons";
import { countText, readingPath } from "../../state/pieces";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import { subscribe, freshId, locale, localized } from "../subscribe";
import type { Key } from "../i18n";
import { icon } from "../icons";
import { lessonOffer } from "../lesson/offer";
import { lessonTitle } from "../lesson/title";
import { nextTokens } from "./next-tokens";
import { piecesView, SHOWN } from "./pieces-view";
import "./pane.css";

const PAUSE_MS = 120;
/** An answer that takes longer is announced: an exported file reads a large vocabulary first. */
const SLOW_MS = 300;

export const textPane: Panel = (app) => {
  const { store, source, t } = app;
  const tokenizer = source.manifest.tokenizer;
  const bodyId = freshId("tovec-text");
  const counts = h("dl", { class: "text-counts" });
  const lessons = h("span", { class: "row text-lessons" });
  const fold = h(
    "button",
    {
      type: "button",
      class: "button small quiet icon text-fold",
      "aria-controls": bodyId,
      onclick: () => setFolded(!body.hidden),
    },
    icon("down"),
  );
  const field: HTMLTextAreaElement = h("textarea", {
    class: "field text-field scroll",
    rows: "3",
    spellcheck: "false",
    autocapitalize: "off",
    disabled: tokenizer === null,
    oninput: () => store.set({ text: field.value }),
  });
  const line = h("p", { class: "message", role: "status" });
  const offer = lessonOffer(app);
  const examples = h("div", { class: "text-empty" });
  const view = piecesView(app);
  const body = h(
    "div",
    { class: "text-body", id: bodyId },
    field,
    h("div", { class: "text-right" }, examples, view.element, line),
    nextTokens(app),
  );
  const element = h(
    "section",
    { class: "text-pane" },
    h(
      "div",
      { class: "panel-title" },
      h("h2", {}, localized(app, "text.title")),
      counts,
      h("span", { class: "end row" }, lessons, fold),
    ),
    body,
  );

  let pieces: readonly Piece[] = [];
  const latest = latestOnly();
  const latestExamples = latestOnly();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let slow: ReturnType<typeof setTimeout> | undefined;

  function setFolded(folded: boolean): void {
    body.hidden = folded;
    nameFold();
  }

  function nameFold(): void {
    fold.setAttribute("aria-expanded", String(!body.hidden));
    fold.setAttribute("aria-label", t(body.hidden ? "text.unfold" : "text.fold"));
  }

  function stop(): void {
    clearTimeout(timer);
    clearTimeout(slow);
    latest.stop();
  }

  function ask(text: string): void {
    slow = setTimeout(() => showLine(t("text.working"), false), SLOW_MS);
    void latest.ask((signal) => source.tokenize(text, signal), {
      answer({ pieces: found, end }) {
        show(text, found);
        if (end < text.length) showProblem(t("text.long", { n: end, tokens: found.length }));
      },
      failure(error) {
        show(text, []);
        showProblem(errorText(store.get().lang, error.message));
      },
    });
  }

  function show(text: string, found: readonly Piece[]): void {
    clearTimeout(slow);
    element.classList.remove("is-waiting");
    pieces = found;
    view.show(text, pieces);
    showProblem("");
    arrange(text);
    showPath();
  }

  function showProblem(message: string): void {
    showLine(message, true);
  }

  function showLine(message: string, isProblem: boolean): void {
    line.hidden = message === "";
    line.textContent = message;
    line.classList.toggle("warn", isProblem);
  }

  /** The examples if there is no text, else its tokens. */
  function arrange(text: string): void {
    const isEmpty = text === "";
    examples.hidden = !isEmpty;
    view.element.hidden = isEmpty || pieces.length === 0;
    showCounts(text);
  }

  function showCounts(text: string): void {
    if (text === "" || tokenizer === null) return fill(counts);
    const { characters, tokens, unknown, distinct } = countText(text, pieces);
    const one = (key: Key, value: number, className = "") =>
      h("div", { class: className }, h("dt", {}, t(key)), h("dd", { class: "number" }, count(locale(app), value)));
    fill(
      counts,
      one("text.characters", characters),
      one("text.tokens", tokens),
      one("text.distinct", distinct),
      one("text.unknown", unknown, unknown ? "warn" : ""),
    );
    if (unknown) counts.lastElementChild!.setAttribute("title", t("text.unknownHint"));
  }

  /** While the lesson is open, the line on the map belongs to the lesson. */
  function showPath(): void {
    if (store.get().lesson === null) store.set({ path: readingPath(pieces.slice(0, SHOWN)) });
  }

  function askForExamples(): void {
    showExamples([]);
    if (tokenizer === null) return;
    const { lang } = store.get();
    const texts = sentences(lang);
    const frequent = Array.from(app.importance.subarray(0, FREQUENT), (id) => app.tokens.token(id));
    void latestExamples.ask((signal) => source.tokenize(joined(texts), signal), {
      answer({ pieces: found }) {
        const covered = coveredTexts(texts, found).map(({ text }) => text);
        showExamples(exampleTexts(covered, frequent, lang));
      },
      failure: () => {}, // the pane works without examples
    });
  }

  function showExamples(texts: readonly string[]): void {
    const offers = texts.map((text) =>
      h("button", { type: "button", class: "text-example", onclick: () => useExample(text) }, text),
    );
    fill(
      examples,
      offer,
      texts.length
        ? h("div", { class: "row wrap" }, h("span", { class: "muted small" }, t("text.try")), ...offers)
        : null,
    );
  }

  function useExample(text: string): void {
    store.set({ text });
    field.focus();
  }

  subscribe(app, ["text"], () => {
    const { text } = store.get();
    if (field.value !== text) field.value = text;
    if (tokenizer === null) return;
    stop();
    if (text === "") return show(text, []);
    element.classList.add("is-waiting");
    timer = setTimeout(() => ask(text), PAUSE_MS);
  });
  // Training that has ended leaves more to follow.
  subscribe(app, ["isLive", "lang"], () => {
    const buttons = lessonsOf(source.manifest).map((lessonName) =>
      h(
        "button",
        { type: "button", class: "button small quiet", onclick: () => store.set({ lesson: 0, lessonName }) },
        t(lessonTitle(app, lessonName)),
      ),
    );
    fill(lessons, ...buttons);
  });
  subscribe(app, ["lesson"], showPath);
  subscribe(app, ["lang"], () => {
    field.placeholder = t("text.placeholder");
    field.setAttribute("aria-label", t("text.title"));
    nameFold();
    askForExamples();
    arrange(store.get().text);
    if (tokenizer === null) showProblem(t("text.noTokenizer"));
  });
  subscribe(app, ["importance"], askForExamples);
  app.onDestroy(stop);
  app.onDestroy(latestExamples.stop);
  return element;
};
