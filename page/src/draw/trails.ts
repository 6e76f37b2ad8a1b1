/** Trails: the ways of tokens through all moments of a timeline. What is past stands out, what is to come is faint. */
import type { MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import { project, type Place, type View } from "./view";

interface Pen {
  readonly width: number;
  readonly past: number;
  readonly future: number;
  /** Of the dot at each moment; 0: none. */
  readonly dot: number;
}

const FIRST: Pen = { width: 2, past: 0.9, future: 0.3, dot: 2 };
const OTHERS: Pen = { width: 1.25, past: 0.32, future: 0.12, dot: 0 };
const HALO = 3;

type Stop = { readonly x: number; readonly y: number } | null;

/** Where a token is on the screen at each moment; null where it has no place. */
export function trailStops(cloud: PointCloud, view: View, id: number): Stop[] {
  const { moments } = cloud;
  if (moments === null) return [];
  const spot: Place = { x: 0, y: 0, depth: 0 };
  return Array.from({ length: moments.count }, (_, moment) => {
    const [x, y, z] = moments.place(moment, id);
    return project(view, x, y, z, spot) ? { x: spot.x, y: spot.y } : null;
  });
}

/** `trails`: tokens, of which the first stands out where it is the chosen one. */
export function drawTrails(
  context: CanvasRenderingContext2D,
  view: View,
  theme: MapTheme,
  cloud: PointCloud,
  trails: readonly number[],
  chosen: number | null,
): void {
  if (cloud.moments === null || cloud.moments.count < 2) return;
  context.lineCap = context.lineJoin = "round";
  // The first one comes last, above the others.
  for (let at = trails.length - 1; at >= 0; at--) {
    const standsOut = at === 0 && trails[at] === chosen;
    const pen = standsOut ? FIRST : OTHERS;
    const color = standsOut ? theme.accent : theme.ink;
    const stops = trailStops(cloud, view, trails[at]);
    const spot: Place = { x: 0, y: 0, depth: 0 };
    const now: Stop = cloud.project(cloud.order.slotOf[trails[at]], view, spot) ? { x: spot.x, y: spot.y } : null;
    const past = [...stops.slice(0, Math.floor(cloud.moment) + 1), now];
    const future = [now, ...stops.slice(Math.ceil(cloud.moment))];
    if (standsOut) stroke(context, [...past, ...future.slice(1)], theme.background, pen.width + HALO, 0.6);
    stroke(context, future, color, pen.width, pen.future);
    stroke(context, past, color, pen.width, pen.past);
    if (pen.dot > 0) dots(context, past.slice(0, -1), color, pen.dot, pen.past);
  }
  context.globalAlpha = 1;
}

function stroke(
  context: CanvasRenderingContext2D,
  stops: readonly Stop[],
  color: string,
  width: number,
  alpha: number,
): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.globalAlpha = alpha;
  context.beginPath();
  let isDown = false;
  for (const stop of stops) {
    if (stop !== null && isDown) context.lineTo(stop.x, stop.y);
    else if (stop !== null) context.moveTo(stop.x, stop.y);
    isDown = stop !== null;
  }
  context.stroke();
}

function dots(
  context: CanvasRenderingContext2D,
  stops: readonly Stop[],
  color: string,
  radius: number,
  alpha: number,
): void {
  context.fillStyle = color;
  context.globalAlpha = alpha;
  context.beginPath();
  for (const stop of stops) {
    if (stop === null) continue;
    context.moveTo(stop.x + radius, stop.y);
    context.arc(stop.x, stop.y, radius, 0, 2 * Math.PI);
  }
  context.fill();
}
