/** The ways of tokens between two moments: lines that begin thin where a token was, and end wide where it is. */
import type { MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import { trailStops } from "./trails";
import type { View } from "./view";

/** In CSS pixels, at the wide end. */
const WIDTH = 3.5;
const WIDTH_OF_CHOSEN = 7;
const HALO = 3;
const STRENGTH = 0.4;
const STRENGTH_OF_CHOSEN = 0.85;
const START_DOT = 1.5;

type Stop = { readonly x: number; readonly y: number };

/** `ids`: the first stands out where it is the chosen one. A token without a place at one of the moments has no way. */
export function drawTapered(
  context: CanvasRenderingContext2D,
  view: View,
  theme: MapTheme,
  cloud: PointCloud,
  ids: readonly number[],
  chosen: number | null,
): void {
  // The first one comes last, above the others.
  for (let at = ids.length - 1; at >= 0; at--) {
    const [from, to] = trailStops(cloud, view, ids[at]);
    if (from === null || to === null) continue;
    const standsOut = ids[at] === chosen;
    const width = standsOut ? WIDTH_OF_CHOSEN : WIDTH;
    if (standsOut) wedge(context, from, to, width + HALO, theme.background, 0.6);
    wedge(context, from, to, width, standsOut ? theme.accent : theme.ink, standsOut ? STRENGTH_OF_CHOSEN : STRENGTH);
  }
  context.globalAlpha = 1;
}

function wedge(
  context: CanvasRenderingContext2D,
  from: Stop,
  to: Stop,
  width: number,
  color: string,
  alpha: number,
): void {
  const [right, down] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(right, down) || 1;
  const [x, y] = [(-down / length) * (width / 2), (right / length) * (width / 2)];
  context.fillStyle = color;
  context.globalAlpha = alpha;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x + x, to.y + y);
  context.lineTo(to.x - x, to.y - y);
  context.closePath();
  context.moveTo(from.x + START_DOT, from.y);
  context.arc(from.x, from.y, START_DOT, 0, 2 * Math.PI);
  context.fill();
}
