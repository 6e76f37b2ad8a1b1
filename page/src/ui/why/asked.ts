/** How far a question to the server is, or why it has no answer. */
import type { App } from "../../app";
import { percent } from "../../state/numbers";
import type { Asked } from "../../state/why";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import type { Key } from "../i18n";
import { labeled, locale } from "../subscribe";

export interface AskedLine {
  readonly element: HTMLElement;
  show(asked: Asked<unknown>): void;
}

/** `working`: what is being done, with {share}. */
export function askedLine(app: App, working: Key & `why.${string}`): AskedLine {
  const text = h("p", { class: "message", role: "status" });
  const bar = labeled(app, h("progress", { max: "1" }), "why.progress");
  const element = h("div", { class: "stack" }, text, bar);
  return {
    element,
    show({ answer, error, progress }) {
      element.hidden = answer !== null || (error === null && progress === null);
      bar.hidden = progress === null;
      text.classList.toggle("warn", error !== null);
      if (error !== null) fill(text, errorText(app.store.get().lang, error));
      if (progress === null) return;
      bar.value = progress.done;
      const share = percent(locale(app), Math.floor(100 * progress.done) / 100);
      fill(text, progress.before > 0 ? app.t("progress.waiting", { n: progress.before }) : app.t(working, { share }));
    },
  };
}
