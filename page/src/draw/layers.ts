/** The map's element in the document, and the three canvases in it, one above the other. */

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
