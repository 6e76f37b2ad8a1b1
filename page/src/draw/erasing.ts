/** Pictures without a background: what is painted in its color takes away what is there, so that halos stay halos. */

/** What paints, and the style that it paints with. */
const PAINTS: Readonly<Record<string, "fillStyle" | "strokeStyle">> = {
  fill: "fillStyle",
  fillRect: "fillStyle",
  fillText: "fillStyle",
  stroke: "strokeStyle",
  strokeText: "strokeStyle",
};

/** `context` as it is, but for paint in the color `background`. */
export function erasing(context: CanvasRenderingContext2D, background: string): CanvasRenderingContext2D {
  context.fillStyle = background;
  const written = context.fillStyle; // as the browser writes this color
  return new Proxy(context, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const style = PAINTS[String(name)];
      return (...args: unknown[]): unknown => {
        if (style) target.globalCompositeOperation = target[style] === written ? "destination-out" : "source-over";
        const result: unknown = Reflect.apply(value, target, args);
        target.globalCompositeOperation = "source-over";
        return result;
      };
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}
