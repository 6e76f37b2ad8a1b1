/** The map's element in the document: three canvases one above the other, and colors as numbers. */
import type { Rgb } from "./point-cloud";

export interface Layers {
  /** Below the points. */
  readonly grid: HTMLCanvasElement;
  readonly points: HTMLCanvasElement;
  /** Above the points. */
  readonly top: HTMLCanvasElement;
}

/** Put the canvases into `element`, which takes its size from its surroundings. */
export function createLayers(element: HTMLElement): Layers {
  setStyle(element, { position: "relative", overflow: "hidden", width: "100%", height: "100%" });
  setStyle(element, { "touch-action": "none", "user-select": "none", "-webkit-user-select": "none" });
  const [grid, points, top] = [0, 1, 2].map(() => {
    const canvas = document.createElement("canvas");
    setStyle(canvas, { position: "absolute", inset: "0", width: "100%", height: "100%", "pointer-events": "none" });
    element.append(canvas);
    return canvas;
  });
  return { grid, points, top };
}

export function setStyle(element: HTMLElement, properties: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
}

/** The red, green and blue of any CSS color, 0 … 255. */
export function rgbOf(color: string): Rgb {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d")!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
