/** What a canvas shows is drawn anew when its size or the theme changes. */
import type { App } from "../app";
import { subscribe } from "./subscribe";

/** Draw in the next frame after each change of the element's size or the theme; the answer asks for such a frame. */
export function redrawing(app: App, element: HTMLElement, draw: () => void): () => void {
  let frame = 0;
  const drawSoon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  const sizes = new ResizeObserver(drawSoon);
  sizes.observe(element);
  // Another listener changes the theme of the page; a frame later its colors are there.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", drawSoon);
  subscribe(app, ["theme"], drawSoon);
  app.onDestroy(() => {
    sizes.disconnect();
    dark.removeEventListener("change", drawSoon);
    cancelAnimationFrame(frame);
  });
  return drawSoon;
}
