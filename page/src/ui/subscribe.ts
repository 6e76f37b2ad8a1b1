/** How panels keep up with changes. */
import type { App, SessionData } from "../app";
import type { State } from "../state/state";
import { type Key, LOCALES } from "./i18n";

type Field = keyof State | keyof SessionData;

/** Run now, and again whenever one of these fields of the state or of the session's data has another value. */
export function subscribe(app: App, fields: readonly Field[], run: () => void): void {
  // Not of both in one: while a timeline plays, this is called for every panel at every frame.
  const values = () => {
    const [state, session] = [app.store.get(), app.session.get()];
    return fields.map((field) =>
      field in session ? session[field as keyof SessionData] : state[field as keyof State],
    );
  };
  let seen = values();
  const check = () => {
    const now = values();
    if (now.every((value, at) => Object.is(value, seen[at]))) return;
    seen = now;
    run();
  };
  app.onDestroy(app.store.subscribe(check));
  app.onDestroy(app.session.subscribe(check));
  run();
}

/** A text that stays in the language of the page. */
export function localized(app: App, key: Key): Text {
  const text = document.createTextNode("");
  subscribe(app, ["lang"], () => (text.data = app.t(key)));
  return text;
}

/** The element with an accessible name that stays in the language of the page. */
export function labeled<E extends Element>(app: App, element: E, key: Key): E {
  subscribe(app, ["lang"], () => element.setAttribute("aria-label", app.t(key)));
  return element;
}

export function locale(app: App): string {
  return LOCALES[app.store.get().lang];
}

/** An id for an element that another one refers to, different in each page of a document. */
export function freshId(name: string): string {
  return `${name}-${Math.random().toString(36).slice(2, 10)}`;
}
