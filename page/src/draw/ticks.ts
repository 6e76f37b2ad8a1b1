/** The numbers on the axes: those of the data, not of the places where its points are drawn. */
import { basis, pixelsPerUnit, type Vector } from "../state/camera";
import { tickText } from "../state/numbers";
import { axisEnds, type AxesGrid } from "./axes-grid";
import { Boxes, centered, isWithin, overlap, type Box } from "./boxes";
import type { MapTheme } from "./map";
import type { TextMeasure } from "./text";
import { project, type Place, type View } from "./view";

export interface Tick {
  readonly text: string;
  readonly box: Box;
  /** The mark across the axis, from (x, y) to (x, y). */
  readonly mark: readonly [number, number, number, number];
}

const SIZE = 11;
/** Half a mark, and from the axis to the middle of its number, in CSS pixels. */
const HALF_MARK = 3.5;
const ASIDE = 13;
/** Between two numbers side by side, and between two above each other. */
const GAP = { across: 28, down: 36 };
/** An axis that is seen nearly from its end has no numbers. */
const SHORTEST = 0.3;
/** Numbers on each side of the middle of the map, at most. */
const MOST = 60;
/** Numbers are written alike in all languages of the page. */
const LOCALE = "en-US";

/** `taken`: where no number may stand. */
export function axisTicks(
  view: View,
  theme: MapTheme,
  grid: AxesGrid,
  depthCue: number,
  measure: TextMeasure,
  taken: readonly Box[],
): Tick[] {
  const room = new Boxes();
  for (const box of taken) room.add(box);
  return (grid.names ?? []).flatMap((_, axis) =>
    axis === 2 && depthCue < 0.5 ? [] : ticksOf(axis, view, theme, grid, measure, room),
  );
}

function ticksOf(axis: number, view: View, theme: MapTheme, grid: AxesGrid, measure: TextMeasure, room: Boxes): Tick[] {
  const { right, up } = basis(view.camera);
  const [x, y] = [right[axis], -up[axis]];
  const shown = Math.hypot(x, y);
  if (shown < SHORTEST) return [];
  const { scale, shift } = grid.fitting;
  const own = (drawn: number) => (drawn - shift[axis]) / scale;
  const pixels = pixelsPerUnit(view.camera, view.width, view.height) * scale * shown;
  const [from, to] = axisEnds(grid, axis).map((end) => own(end[axis]));
  const middle = own(view.camera.target[axis]);
  const width = (value: number, step: number) => measure.width(tickText(LOCALE, value, step), tickFont(theme));
  // How much of the axis a number takes: its width where the axis runs across, its height where it runs up.
  const isAcross = Math.abs(x) > Math.abs(y);
  const needs = (step: number) =>
    isAcross ? Math.max(width(from, step), width(to, step)) + GAP.across : SIZE + GAP.down;
  let step = roundStep(needs(Math.abs(to - from)) / pixels);
  while (needs(step) > step * pixels) step = roundStep(step * 1.01);

  const [nx, ny] = isAcross ? [-y / shown, x / shown] : [y / shown, -x / shown];
  const side = (isAcross ? ny : -nx) < 0 ? -1 : 1; // below the axis, or on its left
  const spot: Place = { x: 0, y: 0, depth: 0 };
  const tickAt = (value: number): Tick | null => {
    const drawn = value * scale + shift[axis];
    // Where the axes cross, the number of the first one stands for all, if they cross at zero.
    const isCrossing = Math.abs(drawn - grid.origin[axis]) * pixels < scale;
    if (isCrossing && axis > 0) return null;
    const place = grid.origin.map((origin, k) => (k === axis ? drawn : origin)) as unknown as Vector;
    if (!project(view, ...place, spot)) return null;
    const text = tickText(LOCALE, value, step);
    const length = width(value, step);
    const aside = isAcross ? ASIDE : ASIDE / 2 + length / 2;
    const back = isCrossing && grid.names!.length > 1 ? length / 2 + 6 : 0; // beside the axis that runs through here
    const box = centered(spot.x + side * nx * aside - back, spot.y + side * ny * aside, length, SIZE * 1.2);
    const mark = [-HALF_MARK, HALF_MARK].flatMap((off) => [spot.x + off * nx, spot.y + off * ny]);
    return isWithin(box, view) ? { text, box, mark: [mark[0], mark[1], mark[2], mark[3]] } : null;
  };
  const ticksAt = (): Tick[] => {
    const first = Math.ceil(Math.max(from, middle - MOST * step) / step);
    const last = Math.floor(Math.min(to, middle + MOST * step) / step);
    const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => tickAt((first + at) * step));
    return all.filter((tick) => tick !== null);
  };
  let ticks = ticksAt();
  // Far from the camera numbers stand closer together than at its target.
  while (ticks.some(({ box }, at) => at > 0 && overlap(box, ticks[at - 1].box))) {
    step = roundStep(step * 1.01);
    ticks = ticksAt();
  }
  return ticks.filter(({ box }) => {
    const isFree = room.isFree(box);
    if (isFree) room.add(box);
    return isFree;
  });
}

/** The least of …, 0.1, 0.2, 0.5, 1, 2, 5, 10, … that is not below `least`. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((digit) => digit * power >= least * (1 - 1e-9)) ?? 10);
}

export function drawTicks(context: CanvasRenderingContext2D, theme: MapTheme, ticks: readonly Tick[]): void {
  context.strokeStyle = context.fillStyle = theme.faint;
  context.lineWidth = 1.2;
  context.globalAlpha = 0.75;
  context.beginPath();
  for (const { mark } of ticks) {
    context.moveTo(mark[0], mark[1]);
    context.lineTo(mark[2], mark[3]);
  }
  context.stroke();
  context.globalAlpha = 1;
  context.font = tickFont(theme);
  context.textBaseline = "middle";
  for (const { text, box } of ticks) context.fillText(text, box.x, box.y + box.height / 2);
}

function tickFont(theme: MapTheme): string {
  return `500 ${SIZE}px ${theme.font}`;
}
