/** A list of tokens with elements for the visible rows only: ten thousand tokens cost as much as ten. */
import type { App } from "../app";
import { display } from "../state/display";
import { count } from "../state/numbers";
import { fill, h } from "./dom";
import { subscribe, freshId, locale } from "./subscribe";
import { withMarks } from "./token-marks";
import "./token-list.css";

export interface TokenList {
  readonly element: HTMLElement;
  readonly id: string;
  /** Show these, from the top; `name` is the accessible name. */
  show(ids: ArrayLike<number>, name: string): void;
  /** Move the mark by `by` rows without choosing a token. Returns the id of the row, null in an empty list. */
  step(by: number): number | null;
  /** The id of the marked row, null when none is. */
  marked(): number | null;
}

/** More rows than anyone scrolls through, within the height that browsers allow; an export holds all. */
const ROWS = 10_000;
const SPARE = 4;

/** `note`: what is written beside a token, in place of its count. */
export function tokenList(app: App, note?: (id: number) => string): TokenList {
  const id = freshId("tovec-list");
  const space = h("div", { class: "token-list-space", role: "presentation" });
  const box = h("div", { class: "token-list scroll", role: "listbox", tabindex: "0", id }, space);
  const more = h("p", { class: "message" });
  const element = h("div", { class: "token-list-whole" }, box, more);
  let ids: ArrayLike<number> = [];
  let at = -1;

  const length = () => Math.min(ids.length, ROWS);
  const rowHeight = () => parseFloat(getComputedStyle(box).getPropertyValue("--row")) || 28;

  function draw(): void {
    const height = rowHeight();
    space.style.setProperty("height", `${length() * height}px`);
    const first = Math.max(0, Math.floor(box.scrollTop / height) - SPARE);
    const last = Math.min(length(), Math.ceil((box.scrollTop + box.clientHeight) / height) + SPARE);
    const rows = [];
    for (let row = first; row < last; row++) rows.push(drawRow(row, row * height));
    fill(space, ...rows);
    const marked = at >= first && at < last ? `${id}-${at}` : "";
    box.setAttribute("aria-activedescendant", marked);
  }

  function drawRow(row: number, top: number): HTMLElement {
    const token = ids[row];
    const { counts } = app.session.get();
    const noted = note?.(token) ?? (counts && count(locale(app), counts[token]));
    const line = h(
      "div",
      {
        class: row === at ? "token-row marked" : "token-row",
        role: "option",
        id: `${id}-${row}`,
        "data-id": token,
        "aria-selected": String(token === app.store.get().chosen),
        "aria-posinset": row + 1,
        "aria-setsize": ids.length,
      },
      h("span", { class: "cut grow" }, ...withMarks(display(app.tokens.token(token)))),
      noted === null ? null : h("span", { class: "number muted small" }, noted),
    );
    line.style.setProperty("top", `${top}px`);
    return line;
  }

  function step(by: number): number | null {
    if (length() === 0) return null;
    at = Math.min(length() - 1, Math.max(0, at + by));
    const height = rowHeight();
    const top = at * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
    draw();
    return ids[at];
  }

  const idOf = (event: Event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-id]");
    return row ? Number(row.dataset.id) : null;
  };
  box.addEventListener("scroll", draw, { passive: true });
  box.addEventListener("click", (event) => {
    const token = idOf(event);
    if (token === null) return;
    at = Number((event.target as Element).closest("[data-id]")!.id.slice(id.length + 1));
    app.choose(token, true);
    draw();
  });
  box.addEventListener("pointerover", (event) => app.store.set({ hovered: idOf(event) }));
  box.addEventListener("pointerleave", () => app.store.set({ hovered: null }));
  box.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(box.clientHeight / rowHeight()) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -ROWS, End: ROWS }[event.key];
    if (by !== undefined) step(by);
    else if (event.key === "Enter" && at >= 0) app.choose(ids[at], true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const sizes = new ResizeObserver(draw);
  sizes.observe(box);
  app.onDestroy(() => sizes.disconnect());
  subscribe(app, ["chosen", "lang", "counts"], draw);

  return {
    element,
    id,
    show(next, name) {
      box.setAttribute("aria-label", name);
      more.hidden = next.length <= ROWS;
      more.textContent = app.t("list.more", { n: next.length - ROWS });
      element.hidden = next.length === 0;
      if (next !== ids) {
        ids = next;
        at = -1;
        box.scrollTop = 0;
      }
      draw();
    },
    step,
    marked: () => (at >= 0 ? ids[at] : null),
  };
}
