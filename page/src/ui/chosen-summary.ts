/** The chosen token in words: for screen readers, and in one line above the map on phones. */
import type { App, Panel } from "../app";
import { display } from "../state/display";
import { decimal } from "../state/numbers";
import type { Store } from "../state/store";
import { fill, h } from "./dom";
import { locale, subscribe } from "./subscribe";
import type { Key } from "./i18n";
import { icon } from "./icons";
import { type Layout, open } from "./layout";
import { withMarks } from "./token-marks";
import "./chosen-summary.css";

/** After several arrow keys, screen readers hear the last token with its neighbors, not each one. */
const PAUSE_MS = 300;
const NEAREST = 5;

/** Names for tokens that display() shows as symbols, which screen readers do not read. */
const SPOKEN: Readonly<Record<string, Key>> = {
  "": "chosen.empty",
  " ": "chosen.space",
  "\n": "chosen.lineBreak",
  "\t": "chosen.tab",
};

export function spoken(app: App, token: string): string {
  return Object.hasOwn(SPOKEN, token) ? app.t(SPOKEN[token]) : display(token);
}

/** "king, id 123, counted 4,512 times; nearest: queen 0.78, …" */
export function chosenSummary(app: App): string {
  const { chosen } = app.store.get();
  if (chosen === null) return app.t("chosen.none");
  const { counts, neighbors } = app.session.get();
  const { metric } = app.store.get();
  const token = spoken(app, app.tokens.token(chosen));
  const id = String(chosen);
  const name = counts
    ? app.t("chosen.counted", { token, id, n: counts[chosen] })
    : app.t("chosen.plain", { token, id });
  if (!neighbors?.length) return name;
  const list = neighbors
    .slice(0, NEAREST)
    .map(({ id: other, score }) => {
      const value = metric === "cosine" ? score : -score;
      return `${spoken(app, app.tokens.token(other))} ${decimal(locale(app), value, 2)}`;
    })
    .join(", ");
  return `${name}; ${app.t("chosen.nearest", { list })}`;
}

/** Read aloud when the map gets the focus, and when another token is chosen. */
export const chosenAnnouncement: Panel = (app) => {
  const element = h("div", { class: "visually-hidden", "aria-live": "polite" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heard: number | null = null; // the token whose neighbors were read
  const updateSoon = () => {
    const { chosen } = app.store.get();
    const { neighbors, isLive } = app.session.get();
    // Those of a table in training change all the time.
    if (isLive && chosen === heard && chosen !== null) return;
    heard = neighbors === null ? null : chosen;
    clearTimeout(timer);
    timer = setTimeout(() => (element.textContent = chosenSummary(app)), PAUSE_MS);
  };
  subscribe(app, ["chosen", "lang", "neighbors"], updateSoon);
  app.onDestroy(() => clearTimeout(timer));
  return element;
};

/** On narrow screens: the chosen token in a line that opens the inspector. */
export function chosenBar(app: App, layout: Store<Layout>): HTMLElement {
  const token = h("strong", { class: "cut" });
  const rest = h("span", { class: "muted cut grow" });
  const element = h(
    "button",
    { type: "button", class: "chosen-bar", onclick: () => open(layout, "right", true) },
    token,
    rest,
    icon("more"),
  );
  const show = () => {
    const { chosen, lesson } = app.store.get();
    const { width, left, right, text } = layout.get();
    element.hidden = chosen === null || lesson !== null || width === "wide" || left || right || text;
    if (element.hidden || chosen === null) return;
    fill(token, ...withMarks(display(app.tokens.token(chosen))));
    const neighbors = (app.session.get().neighbors ?? []).slice(0, NEAREST);
    fill(rest, ...withMarks(neighbors.map(({ id }) => display(app.tokens.token(id))).join(" · ")));
  };
  subscribe(app, ["chosen", "neighbors", "lesson"], show);
  layout.subscribe(show);
  return element;
}
