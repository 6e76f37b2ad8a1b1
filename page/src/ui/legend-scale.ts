/** A scale of colors with numbers below it; on a scale of logarithms also those between the ends. */
import type { App } from "../app";
import type { LegendRange } from "../state/color";
import { compact, significant } from "../state/numbers";
import { scaleMarks } from "../state/scale-marks";
import { h } from "./dom";
import { locale } from "./subscribe";
import "./legend-scale.css";

export function legendScale(app: App, range: LegendRange): HTMLElement {
  const bar = h("div", { class: "legend-scale", "aria-hidden": "true" });
  bar.style.setProperty("background", range.gradient);
  const marks = writtenMarks(app, range).map(({ text, at }) => {
    const mark = h("li", { class: "legend-mark" }, text);
    mark.style.setProperty("--at", String(at));
    return mark;
  });
  return h("div", {}, bar, h("ol", { class: "legend-marks small muted number" }, ...marks));
}

export function writtenMarks(app: App, range: LegendRange): { text: string; at: number }[] {
  const { from, to, isLogarithmic, areYears } = range;
  const written = (value: number) =>
    areYears ? String(value) : isLogarithmic ? compact(locale(app), value) : significant(locale(app), value, 3);
  const end = (at: number) => (range.goesOn && at === 1 ? "≥ " : "");
  return scaleMarks(from, to, isLogarithmic).map(({ value, at }) => ({ text: end(at) + written(value), at }));
}
