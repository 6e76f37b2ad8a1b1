/** Numbers as colored cells on a canvas, and in words. */
import type { App } from "../app";
import { type HeatLayout, heatColor } from "../state/heat";
import { significant } from "../state/numbers";
import { locale } from "./subscribe";

/** Where in device pixels a number of cells of this size ends. */
export type Edge = (cells: number, size: number) => number;

/**
 * Draw one cell a number, as `layout` has them; a number of size `limit` has the full color. Edges lie on whole device
 * pixels; otherwise small cells would blur into each other.
 */
export function drawCells(
  canvas: HTMLCanvasElement,
  vector: ArrayLike<number>,
  limit: number,
  layout: HeatLayout,
  width: number,
): Edge {
  const { columns, rows, cellWidth, cellHeight } = layout;
  const ratio = window.devicePixelRatio || 1;
  const height = rows * cellHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.setProperty("height", `${height}px`);
  const dark = isOnDark(canvas);
  const context = canvas.getContext("2d")!;
  const gap = cellWidth * ratio >= 8 ? 1 : 0;
  const edge: Edge = (cells, size) => Math.round(cells * size * ratio);
  for (let d = 0; d < vector.length; d++) {
    const [x, y] = [d % columns, Math.floor(d / columns)];
    const [left, top] = [edge(x, cellWidth), edge(y, cellHeight)];
    context.fillStyle = css(heatColor(limit > 0 ? vector[d] / limit : 0, dark));
    context.fillRect(left, top, edge(x + 1, cellWidth) - left - gap, edge(y + 1, cellHeight) - top - gap);
  }
  return edge;
}

/** The colors from the most negative to the most positive, as a CSS background. */
export function heatScale(element: Element): string {
  const dark = isOnDark(element);
  return `linear-gradient(to right, ${[-1, -0.5, 0, 0.5, 1].map((part) => css(heatColor(part, dark))).join(", ")})`;
}

/** Smallest, largest and most extreme number, for those who do not see the colors. */
export function describeVector(app: App, vector: ArrayLike<number>): string {
  const number = (value: number) => significant(locale(app), value);
  let [lowest, highest] = [0, 0];
  for (let d = 1; d < vector.length; d++) {
    if (vector[d] < vector[lowest]) lowest = d;
    if (vector[d] > vector[highest]) highest = d;
  }
  const largest = Math.abs(vector[lowest]) > Math.abs(vector[highest]) ? lowest : highest;
  return app.t("vector.description", {
    dim: vector.length,
    low: number(vector[lowest]),
    high: number(vector[highest]),
    value: number(vector[largest]),
    d: String(largest + 1),
  });
}

function css([red, green, blue]: readonly [number, number, number]): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Light text means a dark background. */
function isOnDark(element: Element): boolean {
  const [red, green, blue] = (getComputedStyle(element).color.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue > 384;
}
