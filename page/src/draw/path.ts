/** The path of a text across the map: a line from token to token in reading order, with numbers along it. */
import type { Box } from "./boxes";
import type { MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import type { Sizing } from "./sizes";
import type { Place, View } from "./view";

export interface PathStop {
  readonly x: number;
  readonly y: number;
  /** Of the point. */
  readonly radius: number;
}

export interface PathBadge {
  /** "1", or "1·4" where the path visits a point again. */
  readonly text: string;
  readonly box: Box;
}

/** Paths through more points than this get a line without numbers. */
const MAX_BADGES = 80;
const FONT_SIZE = 10;

/** Where the path goes on the screen; null for a token that is not drawn. */
export function pathStops(path: readonly number[], cloud: PointCloud, view: View, sizing: Sizing): (PathStop | null)[] {
  const spot: Place = { x: 0, y: 0, depth: 0 };
  return path.map((id) => {
    const slot = cloud.order.slotOf[id];
    if (!cloud.isDrawn(slot) || !cloud.project(slot, view, spot)) return null;
    return { x: spot.x, y: spot.y, radius: cloud.diameterOf(slot, sizing, spot.depth, true) / 2 };
  });
}

/** The numbers of the stops: one badge a token, at the upper left of its point. */
export function pathBadges(path: readonly number[], stops: readonly (PathStop | null)[]): PathBadge[] {
  const visits = new Map<number, number[]>();
  path.forEach((id, i) => visits.set(id, [...(visits.get(id) ?? []), i]));
  if (visits.size > MAX_BADGES) return [];
  const badges: PathBadge[] = [];
  for (const turns of visits.values()) {
    const stop = stops[turns[0]];
    if (stop === null) continue;
    const shown = turns.slice(0, 3).map((turn) => turn + 1);
    const text = shown.join("·") + (turns.length > 3 ? "…" : "");
    const width = Math.max(15, 6.2 * text.length + 8);
    const away = 0.7 * stop.radius + 4;
    badges.push({ text, box: { x: stop.x - away - width / 2, y: stop.y - away - 7.5, width, height: 15 } });
  }
  return badges;
}

export function drawPath(
  context: CanvasRenderingContext2D,
  theme: MapTheme,
  stops: readonly (PathStop | null)[],
  badges: readonly PathBadge[],
): void {
  context.lineCap = "round";
  context.strokeStyle = theme.accent;
  context.fillStyle = theme.accent;
  for (let i = 1; i < stops.length; i++) {
    const from = stops[i - 1];
    const to = stops[i];
    if (from === null || to === null) continue;
    // The line becomes stronger along the path, so that its direction is visible from far away.
    context.globalAlpha = 0.35 + (0.5 * i) / (stops.length - 1);
    drawLeg(context, from, to);
  }
  context.globalAlpha = 1;
  context.font = `700 ${FONT_SIZE}px ${theme.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const { text, box } of badges) drawBadge(context, theme, text, box);
  context.textAlign = "start";
}

/** A line from rim to rim, with an arrowhead in its middle. */
function drawLeg(context: CanvasRenderingContext2D, from: PathStop, to: PathStop): void {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const free = length - from.radius - to.radius;
  if (free < 2) return;
  const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length];
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(from.x + x * from.radius, from.y + y * from.radius);
  context.lineTo(to.x - x * to.radius, to.y - y * to.radius);
  context.stroke();
  if (free < 24) return;
  const middle = from.radius + free / 2 + 5;
  const [tipX, tipY] = [from.x + x * middle, from.y + y * middle];
  context.beginPath();
  context.moveTo(tipX, tipY);
  context.lineTo(tipX - 10 * x - 5 * y, tipY - 10 * y + 5 * x);
  context.lineTo(tipX - 7 * x, tipY - 7 * y);
  context.lineTo(tipX - 10 * x + 5 * y, tipY - 10 * y - 5 * x);
  context.fill();
}

function drawBadge(context: CanvasRenderingContext2D, theme: MapTheme, text: string, box: Box): void {
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, box.height / 2);
  context.fillStyle = theme.accent;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = theme.background;
  context.stroke();
  context.fillStyle = theme.background;
  context.fillText(text, box.x + box.width / 2, box.y + box.height / 2 + 0.5);
}
