/** What a language model expects after the text: the most likely tokens, each of which can be appended to it. */
import type { App } from "../../app";
import type { NextToken, Prediction } from "../../data/language-model";
import { latestOnly } from "../../state/latest";
import { shareOfOthers } from "../../state/next-tokens";
import { percent } from "../../state/numbers";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import { isEndOfText, modelTokenName } from "../model-token";
import { rankedList } from "../ranked";
import { labeled, locale, localized, subscribe } from "../subscribe";
import { withMarks } from "../token-marks";
import "./next-tokens.css";

const SHOWN = 10;
/** A pause in typing after which the model is asked: it takes longer than finding tokens. */
const PAUSE_MS = 250;
/** An answer that takes longer is announced: the first question loads the model. */
const SLOW_MS = 400;

export function nextTokens(app: App): HTMLElement {
  const { source, store, t } = app;
  const others = h("span", { class: "muted small number" });
  const list = rankedList();
  const line = h("p", { class: "message" });
  const command = h("pre", { class: "next-command" }, h("code", {}, "tovec view DIR"));
  const title = h("h3", { class: "label" }, localized(app, "next.title"));
  const element = labeled(
    app,
    h(
      "section",
      { class: "next-tokens" },
      h("div", { class: "next-head" }, title, others),
      labeled(app, list, "next.list"),
      line,
      command,
    ),
    "next.title",
  );
  const latest = latestOnly();
  let shown: { readonly text: string; readonly prediction: Prediction } | null = null;
  let problem = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let slow: ReturnType<typeof setTimeout> | undefined;

  function stop(): void {
    clearTimeout(timer);
    clearTimeout(slow);
    latest.stop();
  }

  /** The list of the text before stays until the new one is there, so that nothing flickers. */
  function follow(): void {
    stop();
    const { text } = store.get();
    if (!source.manifest.languageModel) return;
    problem = "";
    if (text === "") return show(null);
    if (text === shown?.text) return show(shown);
    list.setAttribute("aria-busy", "true");
    timer = setTimeout(() => ask(text), PAUSE_MS);
  }

  function ask(text: string): void {
    slow = setTimeout(() => showLine(t("next.working"), false), SLOW_MS);
    void latest.ask((signal) => source.predict(text, SHOWN, signal), {
      answer(prediction) {
        show({ text, prediction });
        announce(prediction);
      },
      failure(error) {
        problem = error.message;
        show(null);
      },
    });
  }

  /** Only for someone who is writing: on a page that has just been opened nobody asked for it. */
  function announce({ results: [first] }: Prediction): void {
    if (document.activeElement?.closest(".text-pane") !== element.closest(".text-pane") || !first) return;
    app.announce(t("next.announced", { token: modelTokenName(app, first.id), share: share(first.probability) }));
  }

  function show(next: typeof shown): void {
    clearTimeout(slow);
    shown = next;
    const results = shown?.prediction.results ?? [];
    const hadFocus = list.contains(document.activeElement);
    const largest = Math.max(...results.map(({ probability }) => probability));
    fill(list, ...results.map((one) => h("li", {}, row(one, largest))));
    list.removeAttribute("aria-busy");
    // Whoever writes on with the model presses one key again and again.
    if (hadFocus) list.querySelector("button")?.focus();
    describe();
  }

  function describe(): void {
    const hasModel = Boolean(source.manifest.languageModel);
    const results = shown?.prediction.results ?? [];
    fill(others, results.length > 0 && t("next.others", { share: share(shareOfOthers(results)) }));
    command.hidden = hasModel;
    if (!hasModel) showLine(t("next.exported"), false);
    else if (problem) showLine(errorText(store.get().lang, problem), true);
    else if (shown === null) showLine(store.get().text === "" ? t("next.invite") : "", false);
    else {
      const { dropped, tokens } = shown.prediction;
      showLine(dropped > 0 ? t("next.dropped", { n: tokens.length }) : "", false);
    }
  }

  function showLine(message: string, isProblem: boolean): void {
    line.hidden = message === "";
    line.textContent = message;
    line.classList.toggle("warn", isProblem);
  }

  const share = (probability: number) => percent(locale(app), probability);

  function row(one: NextToken, largest: number): HTMLElement {
    const hover = () => store.set({ hovered: one.id });
    const leave = () => void (store.get().hovered === one.id && store.set({ hovered: null }));
    const isEnd = isEndOfText(app, one.id);
    const named = withMarks(modelTokenName(app, one.id));
    const name = h("span", { class: isEnd ? "cut grow muted" : "cut grow" }, ...named);
    const hint = one.text === null ? t(isEnd ? "next.endHint" : "next.partHint") : null;
    const button = h(
      "button",
      {
        type: "button",
        title: hint,
        onclick: () => take(one),
        onpointerenter: hover,
        onpointerleave: leave,
        onfocus: hover,
        onblur: leave,
      },
      name,
      h("span", { class: "number small ranked-number" }, share(one.probability)),
    );
    button.style.setProperty("--part", `${largest > 0 ? (100 * one.probability) / largest : 0}%`);
    return button;
  }

  /** Append the token and choose it on the map. What was expected after an earlier text is not appended to this one. */
  function take({ id, text }: NextToken): void {
    if (shown === null || store.get().text !== shown.text) return;
    app.choose(id, true);
    if (text !== null) store.set({ text: shown.text + text });
  }

  subscribe(app, ["text", "isLive"], () => {
    element.hidden = !source.manifest.languageModel && !source.manifest.predictsWithServer;
    follow();
    describe();
  });
  // The rows hold words of the language too.
  subscribe(app, ["lang"], () => show(shown));
  app.onDestroy(stop);
  return element;
}
