/** Icons on a grid of 16 × 16, in the color of the text around them. */

const STROKES = {
  move: "M8 1.8v12.4M1.8 8h12.4M6 3.6 8 1.6l2 2M6 12.4l2 2 2-2M3.6 6 1.6 8l2 2M12.4 6l2 2-2 2",
  box:
    "M2.5 5.2V3.5a1 1 0 0 1 1-1h1.7M7 2.5h2M10.8 2.5h1.7a1 1 0 0 1 1 1v1.7M13.5 7v2" +
    "M13.5 10.8v1.7a1 1 0 0 1-1 1h-1.7M9 13.5H7M5.2 13.5H3.5a1 1 0 0 1-1-1v-1.7M2.5 9V7",
  lasso:
    "M5.1 11.1C3.2 10.3 2 8.9 2 7.2 2 4.4 4.7 2.2 8 2.2s6 2.2 6 5-2.7 5-6 5c-.5 0-1 0-1.5-.1" +
    "M6.5 12.1a1.6 1.6 0 1 0-2.6.6c.6.5 1.7.4 2.2-.3.4-.7.2-1.3-.3-1.7M5.4 12.9c.3.6.2 1.2-.3 1.6",
  fit:
    "M2.2 5.4V3.2a1 1 0 0 1 1-1h2.2M10.6 2.2h2.2a1 1 0 0 1 1 1v2.2M13.8 10.6v2.2a1 1 0 0 1-1 1h-2.2" +
    "M5.4 13.8H3.2a1 1 0 0 1-1-1v-2.2M8 7.9v.2M5.8 8.1v-.2M10.2 8.1v-.2",
  reset: "M3 8.2a5.1 5.1 0 1 0 1.6-3.9L2.7 6.1M2.6 2.8v3.4H6",
  labels:
    "M2.3 3.5a1.2 1.2 0 0 1 1.2-1.2h4.2c.3 0 .6.1.8.4l4.9 4.9a1.2 1.2 0 0 1 0 1.7l-4.1 4.1a1.2 1.2 0 0 1-1.7 0L2.7 8.5a1.2 1.2 0 0 1-.4-.8z" +
    "M5.5 5.4v.2",
  photo:
    "M3.3 2.5h9.4a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H3.3a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z" +
    "M2.5 11.5l3.2-3.3 2.6 2.5 1.7-1.6 3.5 3.2M10.3 5.7v.2",
  light:
    "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.3v1.3M8 13.4v1.3M1.3 8h1.3M13.4 8h1.3M3.3 3.3l.9.9" +
    "M11.8 11.8l.9.9M3.3 12.7l.9-.9M11.8 4.2l.9-.9",
  dark: "M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9z",
  auto: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2zM8 2.2v11.6M8 5.5l4.5-1.2M8 8.5h5.7M8 11.4l4.3-.2",
  help:
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6.2 6.4c.1-1 .8-1.7 1.9-1.7s1.8.7 1.8 1.6c0 1.3-1.8 1.4-1.8 2.7" +
    "M8.1 11.2v.2",
  left: "M3 2.7h10a1 1 0 0 1 1 1v8.6a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3.7a1 1 0 0 1 1-1zM6 2.9v10.2",
  right: "M3 2.7h10a1 1 0 0 1 1 1v8.6a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3.7a1 1 0 0 1 1-1zM10 2.9v10.2",
  search: "M7 2.3a4.7 4.7 0 1 1 0 9.4 4.7 4.7 0 0 1 0-9.4zM10.5 10.5l3.3 3.3",
  close: "M3.7 3.7l8.6 8.6M12.3 3.7l-8.6 8.6",
  copy:
    "M6.3 5.3h6.2a1 1 0 0 1 1 1v6.2a1 1 0 0 1-1 1H6.3a1 1 0 0 1-1-1V6.3a1 1 0 0 1 1-1z" +
    "M3.3 10.6a1 1 0 0 1-.8-1V3.5a1 1 0 0 1 1-1h6.1a1 1 0 0 1 1 .8",
  download: "M8 2.3v8M4.9 7.4 8 10.5l3.1-3.1M2.7 13.5h10.6",
  down: "M4 6.2l4 4 4-4",
  more: "M3.5 7.9v.2M8 7.9v.2M12.5 7.9v.2",
  sliders:
    "M2.3 4.5h6.4M12.3 4.5h1.4M2.3 11.5h1.4M7.3 11.5h6.4M10.5 2.9a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2z" +
    "M5.5 9.9a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2z",
  text: "M2.5 4h11M2.5 8h11M2.5 12h6.5",
  check: "M3 8.5l3.3 3.3L13 4.7",
  play: "M4.7 2.9v10.2L13 8z",
  pause: "M5 3v10M11 3v10",
  previous: "M12 3.2v9.6L5.3 8zM3.5 3.2v9.6",
  next: "M4 3.2v9.6L10.7 8zM12.5 3.2v9.6",
  loop: "M3 8V6.5a2.3 2.3 0 0 1 2.3-2.3h7.2M10.3 1.9l2.3 2.3-2.3 2.3M13 8v1.5a2.3 2.3 0 0 1-2.3 2.3H3.5M5.7 14.1l-2.3-2.3 2.3-2.3",
} as const;

export type Icon = keyof typeof STROKES;

const SVG = "http://www.w3.org/2000/svg";
const SHEET = { viewBox: "0 0 16 16", width: "16", height: "16", fill: "none", "aria-hidden": "true" };
const PEN = { stroke: "currentColor", "stroke-width": "1.4", "stroke-linecap": "round", "stroke-linejoin": "round" };

/** Decoration only: the control around it has the name. */
export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries(SHEET)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries(PEN)) path.setAttribute(key, value);
  path.setAttribute("d", STROKES[name]);
  svg.append(path);
  return svg;
}
