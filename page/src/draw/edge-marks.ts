/** Marks at the edge of the map: each points to an outlier that is out of view, and says its name. */
import type { TokenTable } from "../data/tokens";
import { basis, type Vector } from "../state/camera";
import { contains, isWithin, overlap, type Box } from "./boxes";
import type { MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import { labelText, Pen, type TextMeasure } from "./text";
import type { Place, View } from "./view";

export interface EdgeMark {
  readonly id: number;
  readonly text: string;
  /** What can be pressed: the name and the arrow. */
  readonly box: Box;
  readonly textBox: Box;
  /** The tip of the arrow, and the direction in which it points. */
  readonly tip: readonly [x: number, y: number];
  readonly direction: Direction;
}

/** To the right and down. */
type Direction = readonly [x: number, y: number];

/** More would be a crowd; those that have no room of their own are counted at the mark that has it. */
const MOST = 8;
const SIZE = 12;
const ARROW = 9;
const GAP = 5;
/** From the edge of the map. */
const MARGIN = 10;

/** `covered`: a part of the map where no mark may be. */
export function edgeMarks(
  view: View,
  theme: MapTheme,
  cloud: PointCloud,
  tokens: TokenTable,
  measure: TextMeasure,
  covered: Box | null = null,
): EdgeMark[] {
  const marks: { mark: EdgeMark; others: number }[] = [];
  const markOf = (slot: number, direction: Direction, others: number): EdgeMark => {
    const id = cloud.order.idOf[slot];
    const name = labelText(tokens.token(id));
    const text = others > 0 ? `${name} +${others}` : name;
    const place = placeAtEdge(view, direction, measure.width(text, markFont(theme)));
    return { id, text, direction, ...clearOf(covered, place, view) };
  };
  for (const slot of cloud.outliers) {
    if (!cloud.isDrawn(slot) || isInView(cloud, slot, view)) continue;
    const direction = directionTo(cloud, slot, view);
    const tip = tipOf(view, direction);
    let other = marks.find(({ mark }) => contains(mark.box, ...tip));
    if (other === undefined && marks.length < MOST) {
      const mark = markOf(slot, direction, 0);
      other = marks.find(({ mark: { box } }) => overlap(box, mark.box));
      if (other === undefined) marks.push({ mark, others: 0 });
    } else other ??= nearest(marks, direction);
    if (other !== undefined) other.others++;
  }
  return marks.map(({ mark, others }) =>
    others > 0 ? markOf(cloud.order.slotOf[mark.id], mark.direction, others) : mark,
  );
}

function nearest<T extends { readonly mark: EdgeMark }>(marks: readonly T[], [dx, dy]: Direction): T {
  const along = ({ mark: { direction } }: T) => direction[0] * dx + direction[1] * dy;
  return marks.reduce((best, other) => (along(other) > along(best) ? other : best));
}

export function drawEdgeMarks(
  context: CanvasRenderingContext2D,
  theme: MapTheme,
  marks: readonly EdgeMark[],
  hovered: number | null,
): void {
  const pen = new Pen(context, theme.background);
  for (const { id, text, textBox, tip, direction } of marks) {
    const color = id === hovered ? theme.accent : theme.ink;
    arrow(context, color, tip, direction);
    pen.write(text, markFont(theme), color, textBox, 3);
  }
}

function arrow(context: CanvasRenderingContext2D, color: string, [x, y]: EdgeMark["tip"], [dx, dy]: Direction): void {
  const [backX, backY] = [x - ARROW * dx, y - ARROW * dy];
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(backX - (ARROW / 1.8) * dy, backY + (ARROW / 1.8) * dx);
  context.lineTo(backX + (ARROW / 1.8) * dy, backY - (ARROW / 1.8) * dx);
  context.fill();
}

function isInView(cloud: PointCloud, slot: number, view: View): boolean {
  const spot: Place = { x: 0, y: 0, depth: 0 };
  if (!cloud.project(slot, view, spot)) return false;
  return spot.x >= 0 && spot.y >= 0 && spot.x <= view.width && spot.y <= view.height;
}

/** From the middle of the map, to the right and down, of length 1. */
function directionTo(cloud: PointCloud, slot: number, { camera }: View): Direction {
  const { right, up } = basis(camera);
  const away = camera.target.map((at, axis) => cloud.at(slot, axis) - at) as unknown as Vector;
  const [x, y] = [right, up].map((axis) => axis.reduce((sum, part, k) => sum + part * away[k], 0));
  const length = Math.hypot(x, y) || 1;
  return [x / length, -y / length];
}

/** Where the way from the middle leaves the map. */
function tipOf({ width, height }: View, [dx, dy]: Direction): EdgeMark["tip"] {
  const [halfX, halfY] = [width / 2 - MARGIN, height / 2 - MARGIN];
  const reach = Math.min(halfX / Math.max(Math.abs(dx), 1e-9), halfY / Math.max(Math.abs(dy), 1e-9));
  return [width / 2 + reach * dx, height / 2 + reach * dy];
}

type MarkPlace = Pick<EdgeMark, "box" | "textBox" | "tip">;

/** The nearest place above `covered`, below it or beside it, that is on the map; where it is if there is none. */
function clearOf(covered: Box | null, place: MarkPlace, view: View): MarkPlace {
  const { box, textBox, tip } = place;
  if (covered === null || !overlap(box, covered)) return place;
  const ways: Direction[] = [
    [0, covered.y - MARGIN - (box.y + box.height)],
    [0, covered.y + covered.height + MARGIN - box.y],
    [covered.x - MARGIN - (box.x + box.width), 0],
    [covered.x + covered.width + MARGIN - box.x, 0],
  ];
  const moved = (one: Box, [right, down]: Direction): Box => ({ ...one, x: one.x + right, y: one.y + down });
  const length = ([right, down]: Direction) => Math.abs(right + down);
  const [way] = ways.filter((one) => isWithin(moved(box, one), view)).sort((a, b) => length(a) - length(b));
  if (way === undefined) return place;
  return { box: moved(box, way), textBox: moved(textBox, way), tip: [tip[0] + way[0], tip[1] + way[1]] };
}

/** The name stands inward of the arrow. `length`: of the name. */
function placeAtEdge(view: View, direction: Direction, length: number): MarkPlace {
  const [dx, dy] = direction;
  const tip = tipOf(view, direction);
  const tall = SIZE * 1.4;
  // The nearest side or corner of the name touches the foot of the arrow.
  const foot = [tip[0] - (ARROW + GAP) * dx, tip[1] - (ARROW + GAP) * dy];
  const x = clamp(foot[0] - ((1 + dx) * length) / 2, MARGIN, view.width - MARGIN - length);
  const y = clamp(foot[1] - ((1 + dy) * tall) / 2, MARGIN, view.height - MARGIN - tall);
  const left = Math.min(x, tip[0] - ARROW);
  const top = Math.min(y, tip[1] - ARROW);
  const width = Math.max(x + length, tip[0] + ARROW) - left;
  const height = Math.max(y + tall, tip[1] + ARROW) - top;
  return { box: { x: left, y: top, width, height }, textBox: { x, y, width: length, height: tall }, tip };
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), Math.max(low, high));
}

function markFont(theme: MapTheme): string {
  return `600 ${SIZE}px ${theme.font}`;
}
