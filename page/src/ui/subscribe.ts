/** How panels keep up with what changes. */
import type { App, SessionData } from "../app";
import type { State } from "../state/state";
import type { Key } from "./i18n";
import { LOCALES } from "./i18n";

type Look = (state: State, session: SessionData) => readonly unknown[];

/** Run now, and again whenever one of the values that `look` returns is another. */
export function subscribe(app: App, look: Look, run: () => void): void {
  let seen = look(app.store.get(), app.session.get());
  const check = () => {
    const now = look(app.store.get(), app.session.get());
    if (now.every((value, at) => Object.is(value, seen[at]))) return;
    seen = now;
    run();
  };
  app.onDestroy(app.store.subscribe(check));
  app.onDestroy(app.session.subscribe(check));
  run();
}

/** A text that is always in the language of the page. */
export function localized(app: App, key: Key): Text {
  const text = document.createTextNode("");
  subscribe(
    app,
    ({ lang }) => [lang],
    () => (text.data = app.t(key)),
  );
  return text;
}

/** The element with an accessible name that is always in the language of the page. */
export function labeled<E extends Element>(app: App, element: E, key: Key): E {
  subscribe(
    app,
    ({ lang }) => [lang],
    () => element.setAttribute("aria-label", app.t(key)),
  );
  return element;
}

export function locale(app: App): string {
  return LOCALES[app.store.get().lang];
}

/** An id for an element that another one points to; pages beside each other have different ones. */
export function freshId(name: string): string {
  return `${name}-${Math.random().toString(36).slice(2, 10)}`;
}
