/** Text on the canvas: how wide it is, and how it is written with a halo that keeps it readable over points. */
import { display } from "../state/display";

/** The least that switches off what a font makes of letters side by side: Pretendard shows "0x" as "0×". */
export const AS_WRITTEN = "0.01px";

/** Longer tokens are cut. */
export const LONGEST = 32;

export function labelText(token: string): string {
  // A token can be a page long; what is cut away needs no symbols.
  const shown = Array.from(display(token.slice(0, 8 * LONGEST)));
  return shown.length <= LONGEST ? shown.join("") : `${shown.slice(0, LONGEST - 1).join("")}…`;
}

/** Measures each text once in each font. */
export class Ruler {
  private readonly widths = new Map<string, number>();
  private font = "";

  constructor(private readonly context: CanvasRenderingContext2D) {
    context.letterSpacing = AS_WRITTEN;
  }

  width(text: string, font: string): number {
    const key = `${font}\n${text}`;
    const known = this.widths.get(key);
    if (known !== undefined) return known;
    if (font !== this.font) this.context.font = this.font = font;
    const width = Math.ceil(this.context.measureText(text).width);
    if (this.widths.size >= 100_000) this.widths.clear();
    this.widths.set(key, width);
    return width;
  }

  /** A font has arrived: what was measured in its place is worth nothing. */
  forget(): void {
    this.widths.clear();
    this.font = "";
  }
}
