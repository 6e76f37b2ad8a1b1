/** Tokens with numbers, best first: neighbors and answers of an analogy. */
import type { App } from "../app";
import type { Metric, Neighbor } from "../data/source";
import { display } from "../state/display";
import { decimal, places } from "../state/numbers";
import { type Child, fill, h } from "./dom";
import { locale } from "./subscribe";
import { withMarks } from "./token-marks";
import "./ranked.css";

/**
 * Fill `list` with one row a token; pointing at a row marks its token, pressing it chooses the token. `more`: what
 * stands behind it.
 */
export function fillRanked(
  app: App,
  list: HTMLElement,
  found: readonly Neighbor[],
  metric: Metric,
  more: (id: number) => HTMLElement | null = () => null,
): void {
  const farthest = Math.max(...found.map(({ score }) => -score));
  const digits = metric === "cosine" ? 3 : places(farthest);
  const rows = found.map(({ id, score }) => {
    const value = metric === "cosine" ? score : -score;
    const part = metric === "cosine" ? score : farthest > 0 ? value / farthest : 0;
    return h("li", {}, rankedRow(app, id, decimal(locale(app), value, digits), part), more(id));
  });
  fill(list, ...rows);
}

function rankedRow(app: App, id: number, number: string, part: number): HTMLElement {
  const bar = h("span", { class: "ranked-bar", "aria-hidden": "true" });
  bar.style.setProperty("--part", `${100 * Math.max(0, Math.min(1, part))}%`);
  return tokenRow(
    app,
    id,
    h("span", { class: "cut grow" }, ...withMarks(display(app.tokens.token(id)))),
    bar,
    h("span", { class: "number muted small ranked-number" }, number),
  );
}

/** A button for a token: pointing at it marks the token, pressing it chooses the token. */
export function tokenRow(app: App, id: number, ...children: Child[]): HTMLElement {
  const hover = () => app.store.set({ hovered: id });
  const leave = () => void (app.store.get().hovered === id && app.store.set({ hovered: null }));
  return h(
    "button",
    {
      type: "button",
      onclick: () => app.choose(id, true),
      onpointerenter: hover,
      onpointerleave: leave,
      onfocus: hover,
      onblur: leave,
    },
    ...children,
  );
}

/** An `<ol>` whose buttons can also be reached with the arrow keys. */
export function rankedList(): HTMLOListElement {
  const list = h("ol", { class: "list ranked" });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...list.querySelectorAll<HTMLButtonElement>("li > button:first-child")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement) + step;
    buttons[Math.max(0, Math.min(buttons.length - 1, at))]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  return list;
}
