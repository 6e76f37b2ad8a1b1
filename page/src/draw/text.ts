/** Text on the canvas: how wide it is, and how it is written with a halo that keeps it readable over points. */
import { display } from "../state/display";
import type { Box } from "./boxes";

/** The smallest spacing that switches off ligatures: Pretendard shows "0x" as "0×". */
const NO_LIGATURES = "0.01px";

/** Longer tokens are cut. */
export const MAX_LABEL_LENGTH = 32;

/** Around names that always have to be readable, in CSS pixels. */
export const HALO_OF_NAMES = 4;

const MAX_MEASURED = 100_000;

export function labelText(token: string): string {
  // A token can be a page long; the part that is cut off needs no symbols.
  const shown = Array.from(display(token.slice(0, 8 * MAX_LABEL_LENGTH)));
  return shown.length <= MAX_LABEL_LENGTH ? shown.join("") : `${shown.slice(0, MAX_LABEL_LENGTH - 1).join("")}…`;
}

/** Measures each text once in each font. */
export class TextMeasure {
  private readonly widths = new Map<string, number>();
  private font = "";

  constructor(private readonly context: CanvasRenderingContext2D) {
    context.letterSpacing = NO_LIGATURES;
  }

  width(text: string, font: string): number {
    const key = `${font}\n${text}`;
    const known = this.widths.get(key);
    if (known !== undefined) return known;
    if (font !== this.font) this.context.font = this.font = font;
    const width = Math.ceil(this.context.measureText(text).width);
    if (this.widths.size >= MAX_MEASURED) this.widths.clear();
    this.widths.set(key, width);
    return width;
  }

  /** Measure all again: a font has arrived, and another one was measured in its place. */
  clear(): void {
    this.widths.clear();
    this.font = "";
  }
}

/** Writes text with a halo, and sets the font only when it changes, since canvases parse its name each time. */
export class Pen {
  private font = "";

  constructor(
    private readonly context: CanvasRenderingContext2D,
    haloColor: string,
  ) {
    context.letterSpacing = NO_LIGATURES;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.strokeStyle = haloColor;
  }

  /** Write from the left edge of `box`, in its vertical middle. `halo`: its width in CSS pixels. */
  write(text: string, font: string, color: string, box: Box, halo: number): void {
    const { context } = this;
    if (font !== this.font) context.font = this.font = font;
    const y = box.y + box.height / 2 + 0.5;
    context.lineWidth = halo;
    context.strokeText(text, box.x, y);
    context.fillStyle = color;
    context.fillText(text, box.x, y);
  }
}
