/** What lies beneath the points, on a canvas of its own: the ground with its grid, lines down to it, and the axes. */
import type { Box } from "./boxes";
import type { MapTheme } from "./map";
import type { PointCloud } from "./points";
import { diameter, FEW, type Sizing } from "./sizes";
import type { Ruler } from "./text";
import { project, type Place, type View } from "./view";

export interface Ground {
  /** Height of the ground. */
  readonly level: number;
  /** Where the axes cross. */
  readonly origin: readonly [number, number, number];
  /** null: no axes. */
  readonly names: readonly string[] | null;
}

export interface AxisName {
  readonly text: string;
  readonly box: Box;
}

type Point = readonly [number, number, number];

/** Half the side of the ground, and the distance of its lines. */
const REACH = 1.5;
const STEP = 0.25;
/** Axes end a little beyond the points. */
const AXIS = 1.12;
const NAME_SIZE = 12;

export function drawGround(
  context: CanvasRenderingContext2D,
  view: View,
  theme: MapTheme,
  ground: Ground,
  cloud: PointCloud,
  sizing: Sizing,
): void {
  context.strokeStyle = theme.faint;
  context.fillStyle = theme.faint;
  if (cloud.depthCue > 0) drawGrid(context, view, ground.level, cloud.depthCue);
  if (cloud.depthCue > 0 && cloud.total <= FEW) drawDrops(context, view, ground.level, cloud, sizing);
  if (ground.names !== null) drawAxes(context, view, ground, cloud.depthCue);
  context.globalAlpha = 1;
}

/** Lines that fade towards the rim, so that the ground has no edge. */
function drawGrid(context: CanvasRenderingContext2D, view: View, level: number, strength: number): void {
  const lines = Math.round(REACH / STEP);
  context.lineWidth = 1;
  for (const [ring, alpha] of RINGS) {
    context.globalAlpha = alpha * strength;
    context.beginPath();
    for (let i = -lines; i <= lines; i++)
      for (let j = -lines; j < lines; j++) {
        const from = i * STEP;
        const along = j * STEP;
        if (ringOf(Math.hypot(from, along + STEP / 2)) !== ring) continue;
        line(context, view, [from, level, along], [from, level, along + STEP]);
        line(context, view, [along, level, from], [along + STEP, level, from]);
      }
    context.stroke();
  }
}

/** How strong the lines of the ground are, by how far out they are. */
const RINGS = [
  [0, 0.3],
  [1, 0.24],
  [2, 0.17],
  [3, 0.1],
  [4, 0.05],
] as const;

function ringOf(radius: number): number {
  return Math.floor(Math.max(0, radius - 0.4) / ((REACH - 0.4) / RINGS.length));
}

/** From each of a few points a line down to a small shadow: where it stands, and how high. */
function drawDrops(
  context: CanvasRenderingContext2D,
  view: View,
  level: number,
  cloud: PointCloud,
  sizing: Sizing,
): void {
  const spot: Place = { x: 0, y: 0, depth: 0 };
  const tilt = Math.abs(Math.sin(view.camera.elevation));
  for (let slot = 0; slot < cloud.n; slot++) {
    if (!cloud.shown(slot)) continue;
    const [x, y, z] = [cloud.at(slot, 0), cloud.at(slot, 1), cloud.at(slot, 2)];
    context.globalAlpha = 0.65 * cloud.depthCue;
    context.setLineDash([2, 4]);
    context.lineWidth = 1.2;
    context.beginPath();
    line(context, view, [x, y, z], [x, level, z]);
    context.stroke();
    context.setLineDash([]);
    if (!project(view, x, level, z, spot)) continue;
    const radius = 0.42 * diameter(sizing, spot.depth, cloud.look[4 * slot + 2], false);
    context.globalAlpha = 0.35 * cloud.depthCue;
    context.beginPath();
    context.ellipse(spot.x, spot.y, radius, radius * tilt, 0, 0, 2 * Math.PI);
    context.fill();
  }
}

function drawAxes(context: CanvasRenderingContext2D, view: View, ground: Ground, depthCue: number): void {
  context.lineWidth = 1.2;
  for (let axis = 0; axis < ground.names!.length; axis++) {
    context.globalAlpha = 0.75 * (axis === 2 ? depthCue : 1);
    const [from, to] = axisEnds(ground, axis);
    context.beginPath();
    line(context, view, from, to);
    context.stroke();
    arrow(context, view, from, to);
  }
}

function arrow(context: CanvasRenderingContext2D, view: View, from: Point, to: Point): void {
  const tip: Place = { x: 0, y: 0, depth: 0 };
  const tail: Place = { x: 0, y: 0, depth: 0 };
  if (!project(view, ...to, tip) || !project(view, ...between(from, to, 0.97), tail)) return;
  const length = Math.hypot(tip.x - tail.x, tip.y - tail.y);
  if (length < 1) return; // seen end on
  const [x, y] = [(7 * (tip.x - tail.x)) / length, (7 * (tip.y - tail.y)) / length];
  context.beginPath();
  context.moveTo(tip.x, tip.y);
  context.lineTo(tip.x - x - y / 2.4, tip.y - y + x / 2.4);
  context.lineTo(tip.x - x + y / 2.4, tip.y - y - x / 2.4);
  context.fill();
}

/** The names at the ends of the axes, or where an axis leaves the map; none for an axis out of view. */
export function axisNames(view: View, theme: MapTheme, ground: Ground, depthCue: number, ruler: Ruler): AxisName[] {
  const names: AxisName[] = [];
  const spot: Place = { x: 0, y: 0, depth: 0 };
  for (const [axis, text] of (ground.names ?? []).entries()) {
    if (axis === 2 && depthCue < 0.5) continue;
    const [from, to] = axisEnds(ground, axis);
    const width = ruler.width(text, axisFont(theme));
    const [halfWidth, halfHeight] = [width / 2 + 10, NAME_SIZE];
    // From the end inwards to the first place that is in view.
    for (let t = 1; t >= 0; t -= 0.02) {
      if (!project(view, ...between(from, to, t), spot)) continue;
      if (spot.x < 0 || spot.y < 0 || spot.x > view.width || spot.y > view.height) continue;
      const x = Math.min(Math.max(spot.x, halfWidth), view.width - halfWidth);
      const y = spot.y < 2.5 * NAME_SIZE ? spot.y + 1.6 * NAME_SIZE : spot.y - 1.3 * NAME_SIZE;
      const top = Math.min(Math.max(y, halfHeight), view.height - halfHeight) - NAME_SIZE * 0.7;
      names.push({ text, box: { x: x - width / 2, y: top, width, height: NAME_SIZE * 1.4 } });
      break;
    }
  }
  return names;
}

export function drawAxisNames(context: CanvasRenderingContext2D, theme: MapTheme, names: readonly AxisName[]): void {
  context.font = axisFont(theme);
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = theme.background;
  context.fillStyle = theme.ink;
  context.globalAlpha = 0.75;
  for (const { text, box } of names) {
    context.strokeText(text, box.x, box.y + box.height / 2);
    context.fillText(text, box.x, box.y + box.height / 2);
  }
  context.globalAlpha = 1;
}

function axisFont(theme: MapTheme): string {
  return `600 ${NAME_SIZE}px ${theme.font}`;
}

function axisEnds(ground: Ground, axis: number): [Point, Point] {
  const end = (value: number) => ground.origin.map((x, k) => (k === axis ? value : x)) as unknown as Point;
  return [end(-AXIS), end(AXIS)];
}

function between(from: Point, to: Point, t: number): Point {
  return [0, 1, 2].map((k) => from[k] + (to[k] - from[k]) * t) as unknown as Point;
}

const start: Place = { x: 0, y: 0, depth: 0 };
const end: Place = { x: 0, y: 0, depth: 0 };

/** The part of a line that is in front of the eye, in steps: what is behind is left out. */
function line(context: CanvasRenderingContext2D, view: View, from: Point, to: Point): void {
  if (project(view, ...from, start) && project(view, ...to, end)) {
    context.moveTo(start.x, start.y);
    context.lineTo(end.x, end.y);
    return;
  }
  for (let step = 0; step < 32; step++) {
    const isSeen = project(view, ...between(from, to, step / 32), start);
    if (!isSeen || !project(view, ...between(from, to, (step + 1) / 32), end)) continue;
    context.moveTo(start.x, start.y);
    context.lineTo(end.x, end.y);
  }
}
