/** Arrows between tokens: the two steps of an analogy. */
import type { MapTheme } from "./map";
import type { PathStop } from "./path";

/** From the middle of a point to a line, beyond the point's radius. */
const FREE = 3;
const HEAD = 11;
const HALO = 3;

/** `stops`: two an arrow, the start and the end; null for a token that is not drawn, whose arrow is left out. */
export function drawArrows(
  context: CanvasRenderingContext2D,
  theme: MapTheme,
  stops: readonly (PathStop | null)[],
): void {
  context.lineJoin = "round";
  context.lineCap = "round";
  // All halos first, so that none covers another arrow.
  for (const [color, more] of [
    [theme.background, 2 * HALO],
    [theme.accent, 0],
  ] as const) {
    context.strokeStyle = context.fillStyle = color;
    for (let i = 0; i + 1 < stops.length; i += 2) {
      const [from, to] = [stops[i], stops[i + 1]];
      if (from !== null && to !== null) drawArrow(context, from, to, more);
    }
  }
}

/** `more`: by how many CSS pixels all lines are wider. */
function drawArrow(context: CanvasRenderingContext2D, from: PathStop, to: PathStop, more: number): void {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [start, end] = [from.radius + FREE, length - to.radius - FREE];
  if (end - start < 4) return;
  const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const at = (along: number, aside: number): [number, number] => [
    from.x + x * along - y * aside,
    from.y + y * along + x * aside,
  ];
  const head = Math.min(HEAD, end - start);
  context.lineWidth = 2.5 + more;
  context.beginPath();
  context.moveTo(...at(start, 0));
  context.lineTo(...at(end - head / 2, 0));
  context.stroke();
  context.lineWidth = 1 + more;
  context.beginPath();
  context.moveTo(...at(end, 0));
  context.lineTo(...at(end - head, -head / 2));
  context.lineTo(...at(end - head, head / 2));
  context.closePath();
  context.stroke();
  context.fill();
}
