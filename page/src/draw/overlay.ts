/** What is drawn above the points, apart from labels: the chosen and the hovered token, and the area being drawn. */
import { cssColor } from "./colors";
import type { Marks, MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import type { Sizing } from "./sizes";
import type { Place, View } from "./view";

/** Discs with a ring. They are drawn here so that hovering does not draw a million points again. */
export function drawFocus(
  context: CanvasRenderingContext2D,
  view: View,
  theme: MapTheme,
  marks: Marks,
  cloud: PointCloud,
  sizing: Sizing,
): void {
  const spot: Place = { x: 0, y: 0, depth: 0 };
  for (const id of [marks.hovered, marks.chosen]) {
    if (id === null) continue;
    const slot = cloud.order.slotOf[id];
    if (!cloud.isDrawn(slot) || !cloud.project(slot, view, spot)) continue;
    const radius = Math.max(cloud.diameterOf(slot, sizing, spot.depth, true) / 2, 4);
    const isChosen = id === marks.chosen;
    disc(context, spot, radius + (isChosen ? 4.5 : 3), isChosen ? theme.accent : theme.ink);
    disc(context, spot, radius + (isChosen ? 2 : 1.5), theme.background);
    disc(context, spot, radius, cssColor(cloud.colorOf(slot)));
  }
}

function disc(context: CanvasRenderingContext2D, { x, y }: Place, radius: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** `outline`: x and y interleaved. */
export function drawArea(context: CanvasRenderingContext2D, theme: MapTheme, outline: readonly number[]): void {
  context.beginPath();
  for (let i = 0; i < outline.length; i += 2) context.lineTo(outline[i], outline[i + 1]);
  context.closePath();
  context.fillStyle = context.strokeStyle = theme.accent;
  context.globalAlpha = 0.12;
  context.fill("nonzero");
  context.globalAlpha = 0.9;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}
