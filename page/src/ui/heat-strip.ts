/** A vector as colored cells on a canvas; pointing at one shows its number. */
import type { App } from "../app";
import { type HeatLayout, heatCell, heatLayout, heatLimit } from "../state/heat";
import { significant } from "../state/numbers";
import { fill, h } from "./dom";
import { describeVector, drawCells, type Edge, heatScale } from "./heat-cells";
import { redrawing } from "./redrawing";
import { subscribe, locale } from "./subscribe";
import "./heat-strip.css";

export interface HeatStrip {
  readonly element: HTMLElement;
  show(vector: Float32Array | null): void;
}

export function heatStrip(app: App): HeatStrip {
  const canvas = h("canvas", { class: "heat", role: "img" });
  const low = h("span");
  const scale = h("span", { class: "heat-scale", "aria-hidden": "true" });
  const high = h("span");
  const ends = h("div", { class: "row small muted number", "aria-hidden": "true" }, low, scale, high);
  const pointed = h("div", { class: "small number", "aria-hidden": "true" });
  const element = h("div", { class: "heat-strip" }, canvas, h("div", { class: "heat-line" }, ends, pointed));

  let vector: Float32Array | null = null;
  let limit = 0;
  let layout: HeatLayout | null = null;
  let at: number | null = null;

  function draw(): void {
    const width = element.clientWidth;
    if (vector === null || width === 0) return;
    layout = heatLayout(vector.length, width);
    const edge = drawCells(canvas, vector, limit, layout, width);
    if (at !== null) outline(at % layout.columns, Math.floor(at / layout.columns), edge, layout);
    scale.style.setProperty("background", heatScale(element));
  }

  function outline(x: number, y: number, edge: Edge, { cellWidth, cellHeight }: HeatLayout): void {
    const [left, top] = [edge(x, cellWidth), edge(y, cellHeight)];
    const context = canvas.getContext("2d")!;
    context.strokeStyle = getComputedStyle(element).color;
    context.lineWidth = 1.5 * (window.devicePixelRatio || 1);
    context.strokeRect(left, top, edge(x + 1, cellWidth) - left - 1, edge(y + 1, cellHeight) - top - 1);
  }

  function showNumbers(): void {
    ends.hidden = at !== null || limit === 0;
    pointed.hidden = at === null;
    if (at !== null && vector) fill(pointed, app.t("vector.cell", { d: String(at + 1), value: number(vector[at]) }));
  }

  const number = (value: number) => significant(locale(app), value);

  function point(next: number | null): void {
    if (next === at) return;
    at = next;
    showNumbers();
    drawSoon();
  }

  function describe(): void {
    if (vector === null) return;
    const isCut = vector.some((value) => Math.abs(value) > limit);
    fill(low, `${isCut ? "≤ " : ""}${number(-limit)}`);
    fill(high, `${isCut ? "≥ " : ""}${number(limit)}`);
    canvas.setAttribute("aria-label", describeVector(app, vector));
    showNumbers();
  }

  canvas.addEventListener("pointermove", (event) => {
    if (layout && vector) point(heatCell(layout, vector.length, event.offsetX, event.offsetY));
  });
  canvas.addEventListener("pointerleave", () => point(null));
  const drawSoon = redrawing(app, element, draw);
  subscribe(app, ["lang"], describe);

  return {
    element,
    show(next) {
      vector = next;
      at = null;
      limit = next ? heatLimit(next) : 0;
      canvas.classList.toggle("is-waiting", next === null);
      describe();
      draw();
    },
  };
}
