/** What is drawn below the points: in 3-D a horizontal grid with lines down to it, and the named axes of the data. */
import type { Vector } from "../state/camera";
import type { Box } from "./boxes";
import type { Fitting } from "./fitting";
import type { MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import { FEW_POINTS, type Sizing } from "./sizes";
import type { TextMeasure } from "./text";
import { project, type Place, type View } from "./view";

export interface AxesGrid {
  /** Height of the grid. */
  readonly level: number;
  /** Where the axes cross. */
  readonly origin: Vector;
  /** From the numbers of the data to the places where they are drawn, and what these places span. */
  readonly fitting: Fitting;
  /** null: no axes. */
  readonly names: readonly string[] | null;
}

export interface AxisName {
  readonly text: string;
  readonly box: Box;
}

/** Half the side of the grid, and the distance between its lines. */
const HALF_SIDE = 1.5;
const STEP = 0.25;
/** Axes end a little beyond the points, and their arrows stand clear of where the axes cross. */
const BEYOND = 0.12;
const SHORTEST = 0.4;
/** Length of an arrowhead in CSS pixels. */
const ARROW = 7;
const NAME_SIZE = 12;

export function drawAxesGrid(
  context: CanvasRenderingContext2D,
  view: View,
  theme: MapTheme,
  grid: AxesGrid,
  cloud: PointCloud,
  sizing: Sizing,
): void {
  context.strokeStyle = theme.faint;
  context.fillStyle = theme.faint;
  if (cloud.depthCue > 0) drawGrid(context, view, grid.level, cloud.depthCue);
  if (cloud.depthCue > 0 && cloud.total <= FEW_POINTS) drawDrops(context, view, grid.level, cloud, sizing);
  if (grid.names !== null) drawAxes(context, view, grid, cloud.depthCue);
  context.globalAlpha = 1;
}

/** Lines that fade towards the rim, so that the grid has no visible edge. */
function drawGrid(context: CanvasRenderingContext2D, view: View, level: number, strength: number): void {
  const lines = Math.round(HALF_SIDE / STEP);
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

/** How strong the lines are, by the ring around the middle in which they lie. */
const RINGS = [
  [0, 0.3],
  [1, 0.24],
  [2, 0.17],
  [3, 0.1],
  [4, 0.05],
] as const;

function ringOf(radius: number): number {
  return Math.floor(Math.max(0, radius - 0.4) / ((HALF_SIDE - 0.4) / RINGS.length));
}

/** From each of a few points a line down to a small shadow on the grid, which shows its place and its height. */
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
    if (!cloud.isDrawn(slot)) continue;
    const [x, y, z] = [cloud.at(slot, 0), cloud.at(slot, 1), cloud.at(slot, 2)];
    context.globalAlpha = 0.65 * cloud.depthCue;
    context.setLineDash([2, 4]);
    context.lineWidth = 1.2;
    context.beginPath();
    line(context, view, [x, y, z], [x, level, z]);
    context.stroke();
    context.setLineDash([]);
    if (!project(view, x, level, z, spot)) continue;
    const radius = 0.42 * cloud.diameterOf(slot, sizing, spot.depth, false);
    context.globalAlpha = 0.35 * cloud.depthCue;
    context.beginPath();
    context.ellipse(spot.x, spot.y, radius, radius * tilt, 0, 0, 2 * Math.PI);
    context.fill();
  }
}

function drawAxes(context: CanvasRenderingContext2D, view: View, grid: AxesGrid, depthCue: number): void {
  context.lineWidth = 1.2;
  for (let axis = 0; axis < grid.names!.length; axis++) {
    context.globalAlpha = 0.75 * (axis === 2 ? depthCue : 1);
    const [from, to] = axisEnds(grid, axis);
    context.beginPath();
    line(context, view, from, to);
    context.stroke();
    arrow(context, view, from, to);
  }
}

function arrow(context: CanvasRenderingContext2D, view: View, from: Vector, to: Vector): void {
  const tip: Place = { x: 0, y: 0, depth: 0 };
  const tail: Place = { x: 0, y: 0, depth: 0 };
  if (!project(view, ...to, tip) || !project(view, ...between(from, to, 0.97), tail)) return;
  const length = Math.hypot(tip.x - tail.x, tip.y - tail.y);
  if (length < 1) return; // it points at the camera
  const [x, y] = [(ARROW * (tip.x - tail.x)) / length, (ARROW * (tip.y - tail.y)) / length];
  context.beginPath();
  context.moveTo(tip.x, tip.y);
  context.lineTo(tip.x - x - y / 2.4, tip.y - y + x / 2.4);
  context.lineTo(tip.x - x + y / 2.4, tip.y - y - x / 2.4);
  context.fill();
}

/** The names at the positive ends of the axes, or where an axis leaves the map; none for an axis out of view. */
export function axisNames(
  view: View,
  theme: MapTheme,
  grid: AxesGrid,
  depthCue: number,
  measure: TextMeasure,
): AxisName[] {
  const names: AxisName[] = [];
  const spot: Place = { x: 0, y: 0, depth: 0 };
  for (const [axis, text] of (grid.names ?? []).entries()) {
    if (axis === 2 && depthCue < 0.5) continue;
    const [from, to] = axisEnds(grid, axis);
    const width = measure.width(text, axisFont(theme));
    const [halfWidth, halfHeight] = [width / 2 + 10, NAME_SIZE];
    // From the positive end to the middle, the first place that is in view.
    for (let t = 1; t >= 0; t -= 0.02) {
      if (!project(view, ...between(from, to, t), spot)) continue;
      if (spot.x < 0 || spot.y < 0 || spot.x > view.width || spot.y > view.height) continue;
      // Above the axis; at the top of the map, where there is no room above, on its right.
      const isAtTop = spot.y < 2.5 * NAME_SIZE;
      const x = Math.min(Math.max(isAtTop ? spot.x + halfWidth : spot.x, halfWidth), view.width - halfWidth);
      // The name of a number line stands below its numbers, clear of the points.
      const above = grid.names!.length === 1 ? -2.7 * NAME_SIZE : isAtTop ? -0.4 * NAME_SIZE : 1.3 * NAME_SIZE;
      const y = spot.y - above;
      const top = Math.min(Math.max(y, halfHeight), view.height - halfHeight) - NAME_SIZE * 0.7;
      names.push({ text, box: { x: x - width / 2, y: top, width, height: NAME_SIZE * 1.4 } });
      break;
    }
  }
  return names;
}

/** The room that a number line takes on the map: names stand above it or below. Null where there are more axes. */
export function numberLine(view: View, grid: AxesGrid): Box | null {
  if (grid.names?.length !== 1) return null;
  const [from, to] = axisEnds(grid, 0).map((end) => {
    const spot: Place = { x: 0, y: 0, depth: 0 };
    return project(view, ...end, spot) ? spot : null;
  });
  return from && to && { x: from.x, y: from.y - 2, width: to.x - from.x, height: 4 };
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

export function axisEnds({ origin, fitting }: AxesGrid, axis: number): [Vector, Vector] {
  const end = (value: number) => origin.map((x, k) => (k === axis ? value : x)) as unknown as Vector;
  const low = Math.min(fitting.low[axis], origin[axis]) - BEYOND;
  return [end(low), end(Math.max(fitting.high[axis], origin[axis] + SHORTEST) + BEYOND)];
}

function between(from: Vector, to: Vector, t: number): Vector {
  return [0, 1, 2].map((k) => from[k] + (to[k] - from[k]) * t) as unknown as Vector;
}

const start: Place = { x: 0, y: 0, depth: 0 };
const end: Place = { x: 0, y: 0, depth: 0 };

/** The part of a line that is in front of the camera; a line that is partly behind is cut into steps. */
function line(context: CanvasRenderingContext2D, view: View, from: Vector, to: Vector): void {
  if (project(view, ...from, start) && project(view, ...to, end)) {
    context.moveTo(start.x, start.y);
    context.lineTo(end.x, end.y);
    return;
  }
  for (let step = 0; step < 32; step++) {
    const isVisible = project(view, ...between(from, to, step / 32), start);
    if (!isVisible || !project(view, ...between(from, to, (step + 1) / 32), end)) continue;
    context.moveTo(start.x, start.y);
    context.lineTo(end.x, end.y);
  }
}
