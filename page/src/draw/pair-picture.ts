/** A picture of two maps side by side, each below the name of its table. */
import type { Size } from "./boxes";
import type { MapTheme } from "./map";
import { paper, Writer } from "./picture";

/** In CSS pixels: between the maps, and above them for the names. */
const GAP = 12;
const HEADER = 30;

export function besideEachOther(
  maps: readonly HTMLCanvasElement[],
  names: readonly string[],
  theme: MapTheme,
  scale: number,
  isTransparent: boolean,
): { readonly canvas: HTMLCanvasElement; readonly size: Size } {
  const widths = maps.map(({ width }) => width / scale);
  const size = {
    width: widths.reduce((sum, one) => sum + one, GAP * (maps.length - 1)),
    height: HEADER + Math.max(...maps.map((map) => map.height)) / scale,
  };
  const canvas = paper(size, scale, isTransparent ? null : theme.background);
  const context = canvas.getContext("2d")!;
  let left = 0;
  for (const [at, map] of maps.entries()) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(map, Math.round(left * scale), Math.round(HEADER * scale));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const pen = new Writer(context, theme);
    pen.write(names[at], left + GAP, HEADER / 2, { size: 14, weight: 700, width: widths[at] - 2 * GAP });
    left += widths[at] + GAP;
  }
  return { canvas, size };
}
