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
  const width = (text: string) => measure.width(text, tickFont(theme));
  const ticks = (grid.names ?? []).flatMap((_, axis) =>
    axis === 2 && depthCue < 0.5 ? [] : new AxisNumbers(axis, view, grid, width).ticks(),
  );
  return ticks.filter(({ box }) => {
    const isFree = room.isFree(box);
    if (isFree) room.add(box);
    return isFree;
  });
}

/** The numbers of one axis. */
class AxisNumbers {
  /** The direction of the axis on the map, right and down, shorter the more it points at the camera. */
  private readonly direction: readonly [number, number];
  private readonly shown: number;
  private readonly isAcross: boolean;
  /** CSS pixels that a length of 1 of the data takes at the camera's target. */
  private readonly pixels: number;
  private readonly spot: Place = { x: 0, y: 0, depth: 0 };

  constructor(
    private readonly axis: number,
    private readonly view: View,
    private readonly grid: AxesGrid,
    private readonly width: (text: string) => number,
  ) {
    const { right, up } = basis(view.camera);
    const [x, y] = [right[axis], -up[axis]];
    this.direction = [x, y];
    this.shown = Math.hypot(x, y);
    this.isAcross = Math.abs(x) > Math.abs(y);
    this.pixels = pixelsPerUnit(view.camera, view.width, view.height) * grid.fitting.scale * this.shown;
  }

  ticks(): Tick[] {
    if (this.shown < SHORTEST) return [];
    const [from, to] = axisEnds(this.grid, this.axis).map((end) => this.own(end[this.axis]));
    let step = this.firstStep(from, to);
    let ticks = this.every(step, from, to);
    // Far from the camera numbers stand closer together than at its target.
    while (ticks.some(({ box }, at) => at > 0 && overlap(box, ticks[at - 1].box))) {
      step = nextStep(step);
      ticks = this.every(step, from, to);
    }
    return ticks;
  }

  /** The number of the data that is drawn there. */
  private own(drawn: number): number {
    return (drawn - this.grid.fitting.shift[this.axis]) / this.grid.fitting.scale;
  }

  /** The least step that leaves room for the numbers: for their width on an axis across, for their height on others. */
  private firstStep(from: number, to: number): number {
    const width = (step: number) => Math.max(...[from, to].map((end) => this.width(tickText(LOCALE, end, step))));
    const needs = (step: number) => (this.isAcross ? width(step) + GAP.across : SIZE + GAP.down);
    let step = roundStep(needs(Math.abs(to - from)) / this.pixels);
    while (needs(step) > step * this.pixels) step = nextStep(step);
    return step;
  }

  /** A tick at every multiple of `step` that is on the map, up to `MOST` steps from its middle. */
  private every(step: number, from: number, to: number): Tick[] {
    const middle = this.own(this.view.camera.target[this.axis]);
    const first = Math.ceil(Math.max(from, middle - MOST * step) / step);
    const last = Math.floor(Math.min(to, middle + MOST * step) / step);
    const all = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => this.at((first + at) * step, step));
    return all.filter((tick) => tick !== null);
  }

  /** Null where it is not on the map. */
  private at(value: number, step: number): Tick | null {
    const { axis, grid, view, spot, shown, isAcross } = this;
    const { scale, shift } = grid.fitting;
    const drawn = value * scale + shift[axis];
    // Where the axes cross, the number of the first one stands for all, if they cross at zero.
    const isCrossing = Math.abs(drawn - grid.origin[axis]) * this.pixels < scale;
    if (isCrossing && axis > 0) return null;
    const place = grid.origin.map((origin, k) => (k === axis ? drawn : origin)) as unknown as Vector;
    if (!project(view, ...place, spot)) return null;
    const text = tickText(LOCALE, value, step);
    const length = this.width(text);
    // Below the axis, or on its left; at the crossing beside the axis that runs through it.
    const [x, y] = this.direction;
    const side = (isAcross ? x : y) < 0 ? -1 : 1;
    const [nx, ny] = [(-side * y) / shown, (side * x) / shown];
    const aside = isAcross ? ASIDE : ASIDE / 2 + length / 2;
    const back = isCrossing && grid.names!.length > 1 ? length / 2 + 6 : 0;
    const box = centered(spot.x + nx * aside - back, spot.y + ny * aside, length, SIZE * 1.2);
    const [markX, markY] = [HALF_MARK * nx, HALF_MARK * ny];
    const mark = [spot.x - markX, spot.y - markY, spot.x + markX, spot.y + markY] as const;
    return isWithin(box, view) ? { text, box, mark } : null;
  }
}

function nextStep(step: number): number {
  return roundStep(step * 1.01);
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
