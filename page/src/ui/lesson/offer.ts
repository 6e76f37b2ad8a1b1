/** The offer of the lessons in an empty text pane; once one has been opened, a line takes its place. */
import type { App } from "../../app";
import { type LessonName, LESSONS, lessonsOf } from "../../state/lessons";
import { fill, h } from "../dom";
import type { Key } from "../i18n";
import { type Icon, icon } from "../icons";
import { localized, subscribe } from "../subscribe";
import { lessonTitle } from "./title";
import "./offer.css";

/** The keys under which browsers remember that a lesson has been opened. */
const OPENED: Readonly<Record<LessonName, string>> = {
  first: "tovec.lesson",
  meaning: "tovec.lesson.meaning",
  model: "tovec.lesson.model",
};
const ICONS: Readonly<Record<LessonName, Icon>> = { first: "text", meaning: "play", model: "next" };

export function lessonOffer(app: App): HTMLElement {
  const { store } = app;
  const begin = LESSONS.map((lessonName) => {
    const title = h("span");
    const open = () => store.set({ lesson: 0, lessonName });
    const button = h(
      "button",
      { type: "button", class: "lesson-begin", onclick: open },
      icon(ICONS[lessonName]),
      title,
    );
    return { lessonName, title, button };
  });
  const line = h("p", {}, localized(app, "text.invite"));
  const invitation = (name: LessonName): Key => (name === "first" ? "lesson.start" : lessonTitle(app, name));

  const element = h("div", { class: "lesson-offer" });
  subscribe(app, ["isLive"], () => {
    const names = lessonsOf(app.source.manifest);
    const offered = begin.filter(({ lessonName }) => names.includes(lessonName));
    fill(element, ...offered.map(({ button }) => button), line);
  });
  subscribe(app, ["lesson", "lessonName", "isLive", "lang"], () => {
    const { lesson, lessonName: opened } = store.get();
    if (lesson !== null) rememberOpened(opened);
    for (const { lessonName, title, button } of begin) {
      button.hidden = lesson !== null || wasOpened(lessonName);
      fill(title, app.t(invitation(lessonName)));
    }
    line.hidden = begin.some(({ button }) => element.contains(button) && !button.hidden);
  });
  return element;
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
