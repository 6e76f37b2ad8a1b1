/** A vector as colored cells on a canvas; pointing at one shows its number. */
import type { App } from "../app";
import { type HeatLayout, heatCell, heatColor, heatLayout, heatLimit } from "../state/heat";
import { significant } from "../state/numbers";
import { fill, h } from "./dom";
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
  let frame = 0;

  function draw(): void {
    const width = element.clientWidth;
    if (vector === null || width === 0) return;
    layout = heatLayout(vector.length, width);
    const { columns, rows, cellWidth, cellHeight } = layout;
    const ratio = window.devicePixelRatio || 1;
    const height = rows * cellHeight;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.setProperty("height", `${height}px`);
    const dark = isLight(getComputedStyle(element).color);
    const context = canvas.getContext("2d")!;
    const gap = cellWidth * ratio >= 8 ? 1 : 0;
    // Edges lie on whole device pixels; otherwise small cells would blur into each other.
    const edge = (cells: number, size: number) => Math.round(cells * size * ratio);
    for (let d = 0; d < vector.length; d++) {
      const [x, y] = [d % columns, Math.floor(d / columns)];
      const [left, top] = [edge(x, cellWidth), edge(y, cellHeight)];
      context.fillStyle = css(heatColor(limit > 0 ? vector[d] / limit : 0, dark));
      context.fillRect(left, top, edge(x + 1, cellWidth) - left - gap, edge(y + 1, cellHeight) - top - gap);
    }
    if (at !== null) outline(context, at % columns, Math.floor(at / columns), edge, layout, ratio);
    const stops = [-1, -0.5, 0, 0.5, 1].map((part) => css(heatColor(part, dark))).join(", ");
    scale.style.setProperty("background", `linear-gradient(to right, ${stops})`);
  }

  function outline(
    context: CanvasRenderingContext2D,
    x: number,
    y: number,
    edge: (cells: number, size: number) => number,
    { cellWidth, cellHeight }: HeatLayout,
    ratio: number,
  ): void {
    const [left, top] = [edge(x, cellWidth), edge(y, cellHeight)];
    context.strokeStyle = getComputedStyle(element).color;
    context.lineWidth = 1.5 * ratio;
    context.strokeRect(left, top, edge(x + 1, cellWidth) - left - 1, edge(y + 1, cellHeight) - top - 1);
  }

  const drawSoon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };

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
    let lowest = 0;
    let highest = 0;
    let largest = 0;
    vector.forEach((value, d) => {
      if (value < vector![lowest]) lowest = d;
      if (value > vector![highest]) highest = d;
      if (Math.abs(value) > Math.abs(vector![largest])) largest = d;
    });
    const isCut = Math.abs(vector[largest]) > limit;
    fill(low, `${isCut ? "≤ " : ""}${number(-limit)}`);
    fill(high, `${isCut ? "≥ " : ""}${number(limit)}`);
    const name = app.t("vector.description", {
      dim: vector.length,
      low: number(vector[lowest]),
      high: number(vector[highest]),
      value: number(vector[largest]),
      d: String(largest + 1),
    });
    canvas.setAttribute("aria-label", name);
    showNumbers();
  }

  canvas.addEventListener("pointermove", (event) => {
    if (layout && vector) point(heatCell(layout, vector.length, event.offsetX, event.offsetY));
  });
  canvas.addEventListener("pointerleave", () => point(null));
  const sizes = new ResizeObserver(drawSoon);
  sizes.observe(element);
  // Another listener changes the theme of the page; a frame later its colors are there.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", drawSoon);
  subscribe(app, ["theme"], drawSoon);
  subscribe(app, ["lang"], describe);
  app.onDestroy(() => {
    sizes.disconnect();
    dark.removeEventListener("change", drawSoon);
    cancelAnimationFrame(frame);
  });

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

function css([red, green, blue]: readonly [number, number, number]): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Light text means a dark background. */
function isLight(color: string): boolean {
  const [red, green, blue] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue > 384;
}
