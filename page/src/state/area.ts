/** The inside of a box or a lasso drawn on the screen. */

/**
 * A polygon, x and y interleaved, closed by itself. A place is inside when the outline winds around it, so a lasso
 * drawn around twice holds what it encircles.
 *
 * Edges are kept by bands of y: a million points then meet a few edges each, not all of them.
 */
export class Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  private readonly bands: number[][];

  constructor(private readonly polygon: ArrayLike<number>) {
    const xs = Array.from({ length: polygon.length >> 1 }, (_, i) => polygon[2 * i]);
    const ys = Array.from(xs, (_, i) => polygon[2 * i + 1]);
    this.left = xs.reduce((a, b) => Math.min(a, b), Infinity);
    this.right = xs.reduce((a, b) => Math.max(a, b), -Infinity);
    this.top = ys.reduce((a, b) => Math.min(a, b), Infinity);
    this.bottom = ys.reduce((a, b) => Math.max(a, b), -Infinity);
    this.bands = Array.from({ length: BANDS }, () => []);
    for (let edge = 0; edge < xs.length; edge++) {
      const a = ys[edge];
      const b = ys[(edge + 1) % xs.length];
      for (let band = this.band(Math.min(a, b)); band <= this.band(Math.max(a, b)); band++) this.bands[band].push(edge);
    }
  }

  contains(x: number, y: number): boolean {
    if (!(x >= this.left && x <= this.right && y >= this.top && y <= this.bottom)) return false;
    const { polygon } = this;
    let winding = 0;
    for (const edge of this.bands[this.band(y)]) {
      const i = 2 * edge;
      const j = i + 2 < polygon.length ? i + 2 : 0;
      const down = polygon[i + 1] <= y;
      if (down === polygon[j + 1] <= y) continue;
      // Which side of the edge the place lies on.
      const side =
        (polygon[j] - polygon[i]) * (y - polygon[i + 1]) - (x - polygon[i]) * (polygon[j + 1] - polygon[i + 1]);
      if (down && side > 0) winding++;
      else if (!down && side < 0) winding--;
    }
    return winding !== 0;
  }

  private band(y: number): number {
    const height = this.bottom - this.top;
    return height > 0 ? Math.min(BANDS - 1, Math.floor(((y - this.top) / height) * BANDS)) : 0;
  }
}

const BANDS = 128;

/** The outline of the box between two opposite corners. */
export function box(x0: number, y0: number, x1: number, y1: number): number[] {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}
