/** Vectors below each other as lines of colored cells: one dimension of all is one column. */
import type { App } from "../../app";
import { type HeatLayout, heatCell, heatLimit, heatLine } from "../../state/heat";
import { significant } from "../../state/numbers";
import { type Child, fill, h } from "../dom";
import { describeVector, drawCells, heatScale } from "../heat-cells";
import { redrawing } from "../redrawing";
import { locale, subscribe } from "../subscribe";
import "./heat-rows.css";

export interface HeatRow {
  /** What stands before the cells, and what screen readers say. */
  readonly label: readonly Child[];
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** The size that gets the full color, of vectors of different size; without one, it is the same for all rows. */
  readonly limit?: number;
  /** What is said above this line and those that follow. */
  readonly heading?: string;
}

export interface HeatRows {
  readonly element: HTMLElement;
  show(rows: readonly HeatRow[]): void;
}

interface Line {
  readonly row: HeatRow;
  readonly canvas: HTMLCanvasElement;
  readonly limit: number;
  layout: HeatLayout | null;
}

export function heatRows(app: App): HeatRows {
  const list = h("div", { class: "heat-rows-list" });
  const low = h("span");
  const scale = h("span", { class: "heat-scale" });
  const high = h("span");
  const ends = h("div", { class: "row small muted number", "aria-hidden": "true" }, low, scale, high);
  const pointed = h("div", { class: "small number", "aria-hidden": "true", hidden: true });
  const element = h("div", { class: "heat-rows" }, list, h("div", { class: "heat-line" }, ends, pointed));
  let lines: Line[] = [];
  let shared = 0;

  function draw(): void {
    for (const line of lines) {
      const width = line.canvas.clientWidth;
      if (width === 0) continue;
      line.layout = heatLine(line.row.values.length, width);
      drawCells(line.canvas, line.row.values, line.limit, line.layout, width);
    }
    scale.style.setProperty("background", heatScale(element));
  }

  const number = (value: number) => significant(locale(app), value, 2);

  function lineOf(row: HeatRow): Line {
    const canvas = h("canvas", { class: "heat", role: "img" });
    const line: Line = { row, canvas, limit: row.limit ?? shared, layout: null };
    canvas.addEventListener("pointermove", (event) => {
      const d = line.layout && heatCell(line.layout, row.values.length, event.offsetX, event.offsetY);
      point(d === null ? null : app.t("vector.cell", { d: String(d + 1), value: number(row.values[d]) }));
    });
    canvas.addEventListener("pointerleave", () => point(null));
    return line;
  }

  function point(text: string | null): void {
    pointed.hidden = text === null;
    ends.hidden = text !== null;
    fill(pointed, text);
  }

  function describe(): void {
    for (const { row, canvas } of lines)
      canvas.setAttribute("aria-label", `${row.name}: ${describeVector(app, row.values)}`);
    fill(low, number(-shared));
    fill(high, number(shared));
  }

  const drawSoon = redrawing(app, element, draw);
  subscribe(app, ["lang"], describe);

  return {
    element,
    show(rows) {
      const ofAll = rows.filter(({ limit }) => limit === undefined);
      shared = Math.max(0, ...ofAll.map(({ values }) => heatLimit(values)));
      list.classList.toggle("has-limits", ofAll.length < rows.length);
      ends.classList.toggle("is-unused", ofAll.length < rows.length);
      lines = rows.map(lineOf);
      fill(
        list,
        ...lines.flatMap(({ row, canvas, limit }) => [
          row.heading !== undefined && h("p", { class: "heat-rows-heading" }, row.heading),
          h("div", { class: "heat-rows-label" }, ...row.label),
          h("div", {}, canvas),
          row.limit !== undefined &&
            h("div", { class: "muted small number", "aria-hidden": "true" }, `±${number(limit)}`),
        ]),
      );
      point(null);
      describe();
      drawSoon();
    },
  };
}
