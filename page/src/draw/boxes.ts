/** Rectangles on the screen that must not overlap, found by a grid. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const CELL = 64;

export class Boxes {
  private readonly cells = new Map<number, Box[]>();

  clear(): void {
    this.cells.clear();
  }

  /** Whether `box` overlaps none that were added. Boxes that only touch do not overlap. */
  free(box: Box): boolean {
    return this.each(box, (cell) => !this.cells.get(cell)?.some((other) => overlap(box, other)));
  }

  add(box: Box): void {
    this.each(box, (cell) => {
      const list = this.cells.get(cell);
      if (list === undefined) this.cells.set(cell, [box]);
      else list.push(box);
      return true;
    });
  }

  /** Visit the cells of a box until one says no. */
  private each(box: Box, visit: (cell: number) => boolean): boolean {
    const bottom = Math.floor((box.y + box.height) / CELL);
    const right = Math.floor((box.x + box.width) / CELL);
    for (let row = Math.floor(box.y / CELL); row <= bottom; row++)
      for (let column = Math.floor(box.x / CELL); column <= right; column++)
        if (!visit(row * 65536 + column)) return false;
    return true;
  }
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
