/** The offer of the first lesson in an empty text pane; once the lesson has been opened, a line takes its place. */
import type { App } from "../../app";
import { h } from "../dom";
import { icon } from "../icons";
import { localized, subscribe } from "../subscribe";
import "./offer.css";

/** The key under which browsers remember that the lesson has been opened. */
const OPENED = "tovec.lesson";

export function lessonOffer(app: App): HTMLElement {
  const { store } = app;
  const begin = h(
    "button",
    { type: "button", class: "lesson-begin", onclick: () => store.set({ lesson: 0 }) },
    icon("text"),
    localized(app, "lesson.start"),
  );
  const line = h("p", {}, localized(app, "text.invite"));
  const element = h("div", { class: "lesson-offer" }, begin, line);

  subscribe(app, ["lesson"], () => {
    if (store.get().lesson !== null) rememberOpened();
    begin.hidden = store.get().lesson !== null || wasOpened();
    line.hidden = !begin.hidden;
  });
  return element;
}

function wasOpened(): boolean {
  try {
    return localStorage.getItem(OPENED) !== null;
  } catch {
    return false; // without storage the lesson is offered again
  }
}

function rememberOpened(): void {
  try {
    localStorage.setItem(OPENED, "1");
  } catch {
    // Without storage the lesson is offered again.
  }
}
