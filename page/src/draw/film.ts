/** The canvas that a video is recorded from: the layers of the map on its background, with title and legend or without. */
import type { PictureFrame } from "../state/picture";
import type { Size } from "./boxes";
import type { MapTheme } from "./map";
import { drawFrame, framedSize, headerHeight } from "./picture";

export class Film {
  readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;

  /** `size`: of the map, in CSS pixels, and `scale` device pixels for each of them. It stays as it is. */
  constructor(
    private readonly size: Size,
    private readonly scale: number,
    frame: PictureFrame | null,
  ) {
    const { width, height } = frame === null ? size : framedSize(size, frame);
    this.canvas.width = even(width * scale);
    this.canvas.height = even(height * scale);
    this.context = this.canvas.getContext("2d", { alpha: false })!;
  }

  /** `layers`: from the lowest to the highest; they are shown whole where the map has another size by now. */
  draw(layers: readonly HTMLCanvasElement[], theme: MapTheme, frame: PictureFrame | null): void {
    const { context, canvas, size, scale } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const top = frame === null ? 0 : Math.round(headerHeight(frame) * scale);
    const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
    for (const layer of layers) {
      const part = Math.min(width / layer.width, height / layer.height);
      context.drawImage(layer, 0, top, layer.width * part, layer.height * part);
    }
    context.scale(scale, scale);
    if (frame !== null) drawFrame(context, size, frame, theme);
  }
}

/** Sides of a video that are odd are not possible in every format. */
function even(pixels: number): number {
  return 2 * Math.ceil(Math.round(pixels) / 2);
}
