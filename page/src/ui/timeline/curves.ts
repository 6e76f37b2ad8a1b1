/** Lines over the moments of a timeline, with the present one marked; pointing at a moment reads it, pressing goes there. */
import type { App } from "../../app";
import { curvePath, rangeOf } from "../../state/curve";
import { lastMoment } from "../../state/timeline";
import { fill, h } from "../dom";
import { subscribe } from "../subscribe";
import "./curves.css";

const SVG = "http://www.w3.org/2000/svg";

export interface Curves {
  readonly element: HTMLElement;
  /** Draw these lines with one scale; NaN: no value. Each has a class of its own: curve-0, curve-1 …. */
  show(lines: readonly ArrayLike<number>[]): void;
  /** Draw a line at this moment; null: none. */
  mark(moment: number | null): void;
}

/** `read` is called with the whole moment that is pointed at, null when none is any more. */
export function curves(app: App, read: (moment: number | null) => void): Curves {
  const last = lastMoment(app.source.manifest);
  const { svg, show } = lines(last);
  const now = h("span", { class: "curves-now" });
  const pointed = h("span", { class: "curves-pointed", hidden: true });
  const marked = h("span", { class: "curves-marked", hidden: true });
  const element = h("div", { class: "curves", "aria-hidden": "true" }, svg, marked, now, pointed);
  let at: number | null = null;

  const momentAt = (event: PointerEvent) => {
    const { left, width } = svg.getBoundingClientRect();
    return Math.round(Math.min(Math.max((event.clientX - left) / width, 0), 1) * last);
  };
  function point(moment: number | null): void {
    if (moment === at) return;
    at = moment;
    pointed.hidden = moment === null;
    if (moment !== null) pointed.style.setProperty("--at", String(moment / last));
    read(moment);
  }
  element.addEventListener("pointermove", (event) => point(momentAt(event)));
  element.addEventListener("pointerleave", () => point(null));
  element.addEventListener("click", (event) =>
    app.store.set({ playing: false, moment: momentAt(event as PointerEvent) }),
  );
  subscribe(app, ["moment"], () => now.style.setProperty("--at", String(app.store.get().moment / last)));

  return {
    element,
    show,
    mark(moment) {
      marked.hidden = moment === null;
      if (moment !== null) marked.style.setProperty("--at", String(moment / last));
    },
  };
}

/** The lines alone. `last`: the number of the last value, counted from 0. */
export function lines(last: number): { readonly svg: SVGElement; readonly show: Curves["show"] } {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${last} 1`, preserveAspectRatio: "none" }))
    svg.setAttribute(key, value);
  return {
    svg,
    show(all) {
      const range = rangeOf(all);
      const paths = range === null ? [] : all.map((line) => curvePath(line, range));
      fill(svg, ...paths.map(pathOf));
    },
  };
}

function pathOf(d: string, at: number): SVGPathElement {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  path.setAttribute("class", `curve-${at}`);
  return path;
}
