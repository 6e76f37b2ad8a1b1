/**
 * The path of a text across the map: a line from token to token in reading order, with numbers along it. The longer it
 * is, the thinner is the line and the fewer are the numbers.
 */
import { Boxes, type Box } from "./boxes";
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
  /** "1", or "1 ×3" where the path visits a point three times. */
  readonly text: string;
  readonly box: Box;
}

/** At most so many numbers: of a longer path, every second or third point and so on has one. */
const MAX_BADGES = 40;
/** A path of so many legs is drawn at full strength; of four times as many, half as strong. */
const STRONG_LEGS = 24;
/** Of a longer path no leg has an arrowhead. */
const MAX_HEADS = 100;
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

/**
 * The numbers of the stops, at the upper left of their points: where a token comes first in the text and, if it comes
 * again, how often. A number that would cover another is left out.
 */
export function pathBadges(path: readonly number[], stops: readonly (PathStop | null)[]): PathBadge[] {
  const visits = new Map<number, { readonly first: number; count: number }>();
  path.forEach((id, first) => {
    const before = visits.get(id);
    if (before === undefined) visits.set(id, { first, count: 1 });
    else before.count++;
  });
  const step = Math.ceil(visits.size / MAX_BADGES);
  const boxes = new Boxes();
  const badges: PathBadge[] = [];
  for (const { first, count } of [...visits.values()].filter((_, at) => at % step === 0)) {
    const stop = stops[first];
    if (stop === null) continue;
    const text = count === 1 ? `${first + 1}` : `${first + 1} ×${count}`;
    const width = Math.max(15, 6.2 * text.length + 8);
    const away = 0.7 * stop.radius + 4;
    const box = { x: stop.x - away - width / 2, y: stop.y - away - 7.5, width, height: 15 };
    if (!boxes.isFree(box)) continue;
    boxes.add(box);
    badges.push({ text, box });
  }
  return badges;
}

/** `strength`: of the line; 1, or less where something else is in focus. */
export function drawPath(
  context: CanvasRenderingContext2D,
  theme: MapTheme,
  path: readonly number[],
  stops: readonly (PathStop | null)[],
  badges: readonly PathBadge[],
  strength: number,
): void {
  context.lineCap = "round";
  context.strokeStyle = theme.accent;
  context.fillStyle = theme.accent;
  const drawn = new Set<string>();
  const thinness = Math.min(1, (STRONG_LEGS / Math.max(stops.length - 1, 1)) ** 0.5);
  for (let i = 1; i < stops.length; i++) {
    const from = stops[i - 1];
    const to = stops[i];
    const leg = `${path[i - 1]} ${path[i]}`;
    if (from === null || to === null || drawn.has(leg)) continue;
    drawn.add(leg);
    // The line becomes stronger along the path, so that its direction is visible from far away.
    context.globalAlpha = strength * thinness * (0.35 + (0.5 * i) / (stops.length - 1));
    drawLeg(context, from, to, 0.75 + 1.25 * thinness, stops.length <= MAX_HEADS);
  }
  context.globalAlpha = 1;
  context.font = `700 ${FONT_SIZE}px ${theme.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const { text, box } of badges) drawBadge(context, theme, text, box);
  context.textAlign = "start";
}

/** A line from rim to rim, with an arrowhead in its middle if it `hasHead`. */
function drawLeg(
  context: CanvasRenderingContext2D,
  from: PathStop,
  to: PathStop,
  width: number,
  hasHead: boolean,
): void {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const free = length - from.radius - to.radius;
  if (free < 2) return;
  const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length];
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(from.x + x * from.radius, from.y + y * from.radius);
  context.lineTo(to.x - x * to.radius, to.y - y * to.radius);
  context.stroke();
  if (free < 24 || !hasHead) return;
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
