/** A picture of the map with a title above it and the legend beside it, as it is saved. */
import type { PictureFrame, PictureLegend, PictureOptions } from "../state/picture";
import type { Size } from "./boxes";
import type { MapTheme } from "./map";

/** All in CSS pixels. */
const MARGIN = 16;
const HEADER = 58;
const MOMENT_HEIGHT = 22;
const LEGEND_WIDTH = 220;
const ROW = 22;
const DOT = 5;
const NOTE_WIDTH = 56;

/** A canvas with a map of this size as a PNG, in a frame where one is wanted. */
export function toPng(
  map: HTMLCanvasElement,
  size: Size,
  theme: MapTheme,
  scale: number,
  { isTransparent = false, frame = null }: PictureOptions,
): Promise<Blob> {
  const picture = frame === null ? map : framed(map, size, frame, theme, scale, isTransparent);
  return new Promise((resolve, reject) =>
    picture.toBlob((blob) => (blob === null ? reject(new Error("the picture is too large")) : resolve(blob))),
  );
}

/** A canvas of this size, painted in `background`; null: transparent. */
export function paper({ width, height }: Size, scale: number, background: string | null): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  if (background !== null) {
    const context = canvas.getContext("2d")!;
    context.fillStyle = background;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

/** A larger canvas with `map`, which has `size` CSS pixels, below the title and to the left of the legend. */
function framed(
  map: HTMLCanvasElement,
  size: Size,
  frame: PictureFrame,
  theme: MapTheme,
  scale: number,
  isTransparent: boolean,
): HTMLCanvasElement {
  const canvas = paper(framedSize(size, frame), scale, isTransparent ? null : theme.background);
  const context = canvas.getContext("2d")!;
  context.drawImage(map, 0, Math.round(headerHeight(frame) * scale));
  context.scale(scale, scale);
  drawFrame(context, size, frame, theme);
  return canvas;
}

/** Of a map with its title and legend. */
export function framedSize(size: Size, frame: PictureFrame): Size {
  const { legend } = frame;
  const header = headerHeight(frame);
  if (legend === null) return { width: size.width, height: size.height + header };
  return {
    width: size.width + LEGEND_WIDTH,
    height: header + Math.max(size.height, heightOf(legend) + MARGIN),
  };
}

/** How far below the top the map begins. */
export function headerHeight({ moment }: PictureFrame): number {
  return HEADER + (moment === undefined ? 0 : MOMENT_HEIGHT);
}

/** Write the title above a map of this size, and the legend to the right of it. */
export function drawFrame(context: CanvasRenderingContext2D, size: Size, frame: PictureFrame, theme: MapTheme): void {
  const { title, subtitle, moment, legend } = frame;
  const { width } = framedSize(size, frame);
  const pen = new Writer(context, theme);
  pen.write(title, MARGIN, 22, { size: 18, weight: 700, width: width - 2 * MARGIN });
  pen.write(subtitle, MARGIN, 44, { size: 13, color: theme.faint, width: width - 2 * MARGIN });
  if (moment !== undefined) pen.write(moment, MARGIN, 66, { size: 13, width: width - 2 * MARGIN });
  if (legend !== null) drawLegend(pen, legend, size.width, headerHeight(frame));
}

function heightOf({ entries, scale }: PictureLegend): number {
  return ROW * (1 + entries.length + (scale === null ? 0 : 2));
}

function drawLegend(pen: Writer, { title, entries, scale }: PictureLegend, left: number, top: number): void {
  const { context, theme } = pen;
  const width = LEGEND_WIDTH - MARGIN;
  let y = top + ROW / 2;
  pen.write(title, left, y, { size: 13, weight: 700, width });
  if (scale !== null) {
    y += ROW;
    const gradient = context.createLinearGradient(left, 0, left + width, 0);
    scale.colors.forEach((color, at) => gradient.addColorStop(at / (scale.colors.length - 1), color));
    context.fillStyle = gradient;
    context.fillRect(left, y - DOT, width, 2 * DOT);
    y += ROW - 4;
    for (const { text, at } of scale.marks) {
      context.fillStyle = theme.faint;
      context.fillRect(left + at * (width - 1), y - 12, 1, 4);
      pen.write(text, left + at * width, y, { size: 11, color: theme.faint, align: at });
    }
  }
  for (const { label, color, note } of entries) {
    y += ROW;
    context.fillStyle = color;
    context.beginPath();
    context.arc(left + DOT, y, DOT, 0, 2 * Math.PI);
    context.fill();
    const room = width - 3 * DOT - NOTE_WIDTH;
    pen.write(label, left + 3.5 * DOT, y, { size: 13, width: room });
    pen.write(note, left + width, y, { size: 11, color: theme.faint, align: 1 });
  }
}

interface Style {
  readonly size: number;
  readonly weight?: number;
  readonly color?: string;
  /** Longer text is cut. */
  readonly width?: number;
  /** Which part of the text lies left of the place, 0 … 1. */
  readonly align?: number;
}

export class Writer {
  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly theme: MapTheme,
  ) {
    context.textBaseline = "middle";
  }

  write(text: string, x: number, y: number, style: Style): void {
    const { context, theme } = this;
    const { size, weight = 400, color = theme.ink, width = Infinity, align = 0 } = style;
    context.font = `${weight} ${size}px ${theme.font}`;
    context.fillStyle = color;
    const shown = this.cut(text, width);
    context.fillText(shown, x - align * context.measureText(shown).width, y);
  }

  private cut(text: string, width: number): string {
    const { context } = this;
    if (context.measureText(text).width <= width) return text;
    const characters = Array.from(text);
    while (characters.length && context.measureText(`${characters.join("")}…`).width > width) characters.pop();
    return `${characters.join("")}…`;
  }
}
