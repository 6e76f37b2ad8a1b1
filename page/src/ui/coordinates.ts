/** The coordinates of the token under the pointer, else of the chosen one, as its projection has them. */
import type { App, Panel, ProjectedPoints } from "../app";
import { display } from "../state/display";
import { columnFormat } from "../state/numbers";
import { momentsOf } from "../state/timeline";
import { fill, h } from "./dom";
import { locale, subscribe } from "./subscribe";
import { withMarks } from "./token-marks";
import "./coordinates.css";

/** So many numbers say how all are best written. */
const SAMPLE = 3000;

/** The numbers of a token; of vectors of one dimension there is one, though they are drawn in a plane. */
export function coordinatesOf({ coordinates, dims }: ProjectedPoints, id: number, dim: number): number[] {
  return Array.from(coordinates.subarray(dims * id, dims * id + Math.min(dims, dim)));
}

/** How all coordinates of a projection are written. */
export function coordinateFormat(app: App, { coordinates }: ProjectedPoints): (value: number) => string {
  const step = Math.max(1, Math.floor(coordinates.length / SAMPLE));
  const sample = Array.from({ length: Math.ceil(coordinates.length / step) }, (_, at) => coordinates[at * step]);
  return columnFormat(locale(app), sample);
}

/** The numbers of a place, or that there is none. */
function placeText(app: App, numbers: readonly number[], format: (value: number) => string): string {
  if (numbers.every(Number.isFinite)) return `(${numbers.map(format).join(", ")})`;
  return app.t(momentsOf(app.source.manifest).length > 0 ? "coordinates.noneNow" : "coordinates.none");
}

/** Over the map. Screen readers get the numbers from the inspector. */
export const coordinatesLine: Panel = (app) => {
  const name = h("span", { class: "cut" });
  const numbers = h("span", { class: "number" });
  const element = h("div", { class: "coordinates", "aria-hidden": "true" }, name, numbers);
  let format: (value: number) => string = String;
  const show = () => {
    const { hovered, chosen } = app.store.get();
    const { points } = app.session.get();
    const id = hovered ?? chosen;
    element.hidden = id === null || points === null;
    if (id === null || points === null) return;
    fill(name, ...withMarks(display(app.tokens.token(id))));
    fill(numbers, placeText(app, coordinatesOf(points, id, app.source.manifest.dim), format));
  };
  subscribe(app, ["points", "lang"], () => {
    const { points } = app.session.get();
    if (points !== null) format = coordinateFormat(app, points);
    show();
  });
  subscribe(app, ["hovered", "chosen"], show);
  return element;
};
