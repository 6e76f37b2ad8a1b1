/** A text as colored spans with its ids below; each marks its counterpart and its point on the map. */
import type { App } from "../../app";
import type { Piece } from "../../data/source";
import { display } from "../../state/display";
import { type Segment, segments } from "../../state/pieces";
import { fill, h } from "../dom";
import { withMarks } from "../token-marks";
import { subscribe, freshId } from "../subscribe";
import "./pieces.css";

/** More would make typing slow; a line says how many are left out. */
export const SHOWN = 2000;

export interface PiecesView {
  readonly element: HTMLElement;
  show(text: string, pieces: readonly Piece[]): void;
}

export function piecesView(app: App): PiecesView {
  const { store, t } = app;
  const spans = h("div", {
    class: "text-spans scroll",
    role: "listbox",
    tabindex: "0",
    "aria-orientation": "horizontal",
  });
  const chips = h("div", { class: "text-ids scroll", "aria-hidden": "true" });
  const more = h("p", { class: "message" });
  const element = h("div", { class: "text-result" }, spans, chips, more);
  const name = freshId("tovec-piece");

  let pieces: readonly Piece[] = [];
  let left = 0;
  let spanOf: HTMLElement[] = []; // of each piece; pieces of one character share a span
  let chipOf: HTMLElement[] = [];
  let ofId = new Map<number, HTMLElement[]>();
  let pointed: number | null = null;

  function show(text: string, all: readonly Piece[]): void {
    point(null);
    pieces = all.slice(0, SHOWN);
    left = all.length - pieces.length;
    const end = left ? pieces[pieces.length - 1].end : text.length;
    spanOf = [];
    chipOf = [];
    ofId = new Map();
    const parts = segments(text.slice(0, end), pieces).map(drawSegment);
    fill(spans, ...parts, left ? "…" : null);
    fill(chips, ...chipOf, left ? "…" : null);
    setNames();
    mark("chosen", store.get().chosen);
  }

  function drawSegment({ shown, pieces: own, tint, known }: Segment): Node {
    if (own.length === 0) return document.createTextNode(shown);
    const className = `tint-${tint}${known ? "" : " unknown"}${shown.includes("\n") ? " has-break" : ""}`;
    const many = own.length > 1 ? h("sup", { "aria-hidden": "true" }, own.length) : null;
    const span = h(
      "span",
      { class: `piece ${className}`, role: "option", "data-piece": own[0] },
      ...withMarks(shown),
      many,
    );
    span.id = `${name}-${own[0]}`;
    for (const index of own) {
      const { id, known: isKnown } = pieces[index];
      const chip = h(
        "span",
        { class: `text-id tint-${tint}${isKnown ? "" : " unknown"}`, "data-piece": index },
        id ?? "?",
      );
      spanOf[index] = span;
      chipOf[index] = chip;
      if (id === null) continue;
      const same = ofId.get(id) ?? [];
      if (same.length === 0) ofId.set(id, same);
      same.push(span, chip);
    }
    return span;
  }

  /** Set the texts for screen readers. */
  function setNames(): void {
    spans.setAttribute("aria-label", t("text.pieces"));
    more.hidden = left === 0;
    more.textContent = t("text.more", { n: left, shown: SHOWN });
    new Set(spanOf).forEach((span) => {
      const { token, id, known } = pieces[Number(span.dataset.piece)];
      const shown = display(token);
      const title = known
        ? t("text.piece", { token: shown, id: String(id) })
        : t("text.pieceUnknown", { token: shown });
      span.setAttribute("aria-label", title);
    });
  }

  function mark(className: string, id: number | null): void {
    for (const old of element.querySelectorAll(`.${className}`)) old.classList.remove(className);
    if (id !== null) for (const one of ofId.get(id) ?? []) one.classList.add(className);
  }

  function point(index: number | null): void {
    if (index === pointed) return;
    pointed = index;
    for (const old of element.querySelectorAll(".pointed")) old.classList.remove("pointed");
    spans.removeAttribute("aria-activedescendant");
    if (index !== null) {
      spanOf[index].classList.add("pointed");
      spans.setAttribute("aria-activedescendant", spanOf[index].id);
      // A span of several pieces marks the ids of all of them.
      pieces.forEach((_, other) => spanOf[other] === spanOf[index] && chipOf[other].classList.add("pointed"));
    }
    store.set({ hovered: index === null ? null : pieces[index].id });
  }

  function choose(index: number | null): void {
    const id = index === null ? null : pieces[index].id;
    if (id !== null) app.choose(id, true);
  }

  const pieceAt = (event: Event): number | null => {
    const found = (event.target as Element).closest<HTMLElement>("[data-piece]");
    return found ? Number(found.dataset.piece) : null;
  };
  element.addEventListener("pointerover", (event) => {
    const index = pieceAt(event);
    point(index);
    if (index === null) return;
    // The counterpart may be out of view.
    if (chips.contains(event.target as Node)) spanOf[index].scrollIntoView({ block: "nearest" });
    else chipOf[index].scrollIntoView({ block: "nearest" });
  });
  element.addEventListener("pointerleave", () => point(null));
  element.addEventListener("click", (event) => choose(pieceAt(event)));
  spans.addEventListener("blur", () => point(null));
  spans.addEventListener("keydown", (event) => {
    const last = pieces.length - 1;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -SHOWN, End: SHOWN }[event.key];
    if (step !== undefined && last >= 0) {
      const next = pointed === null ? (step > 0 ? 0 : last) : pointed + step;
      point(Math.min(last, Math.max(0, next)));
      spanOf[pointed!].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" || event.key === " ") choose(pointed);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  subscribe(app, ["hovered"], () => mark("marked", store.get().hovered));
  subscribe(app, ["chosen"], () => mark("chosen", store.get().chosen));
  subscribe(app, ["lang"], setNames);
  return { element, show };
}
