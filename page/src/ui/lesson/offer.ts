/** The offer of the lessons in an empty text pane; once one has been opened, a line takes its place. */
import type { App } from "../../app";
import { type LessonName, lessonsOf } from "../../state/lessons";
import { h } from "../dom";
import type { Key } from "../i18n";
import { type Icon, icon } from "../icons";
import { localized, subscribe } from "../subscribe";
import { lessonTitle } from "./title";
import "./offer.css";

/** The keys under which browsers remember that a lesson has been opened. */
const OPENED: Readonly<Record<LessonName, string>> = { first: "tovec.lesson", meaning: "tovec.lesson.meaning" };
const ICONS: Readonly<Record<LessonName, Icon>> = { first: "text", meaning: "play" };

export function lessonOffer(app: App): HTMLElement {
  const { store } = app;
  const names = lessonsOf(app.source.manifest);
  const begin = names.map((lessonName) =>
    h(
      "button",
      { type: "button", class: "lesson-begin", onclick: () => store.set({ lesson: 0, lessonName }) },
      icon(ICONS[lessonName]),
      localized(app, invitation(lessonName)),
    ),
  );
  const line = h("p", {}, localized(app, "text.invite"));

  function invitation(name: LessonName): Key {
    return name === "first" ? "lesson.start" : lessonTitle(app, name);
  }

  subscribe(app, ["lesson", "lessonName"], () => {
    const { lesson, lessonName } = store.get();
    if (lesson !== null) rememberOpened(lessonName);
    begin.forEach((button, at) => (button.hidden = lesson !== null || wasOpened(names[at])));
    line.hidden = begin.some((button) => !button.hidden);
  });
  return h("div", { class: "lesson-offer" }, ...begin, line);
}

function wasOpened(name: LessonName): boolean {
  try {
    return localStorage.getItem(OPENED[name]) !== null;
  } catch {
    return false; // without storage the lesson is offered again
  }
}

function rememberOpened(name: LessonName): void {
  try {
    localStorage.setItem(OPENED[name], "1");
  } catch {
    // Without storage the lesson is offered again.
  }
}
