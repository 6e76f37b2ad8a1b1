/** Rectangles on the screen, in CSS pixels, and a grid that finds which of them overlap. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const CELL = 64;

export class Boxes {
  private readonly cells = new Map<number, Box[]>();

  clear(): void {
    this.cells.clear();
  }

  /** Whether `box` overlaps none of those added. Boxes that only touch do not overlap. */
  isFree(box: Box): boolean {
    return this.everyCell(box, (cell) => !this.cells.get(cell)?.some((other) => overlap(box, other)));
  }

  add(box: Box): void {
    this.everyCell(box, (cell) => {
      const list = this.cells.get(cell);
      if (list === undefined) this.cells.set(cell, [box]);
      else list.push(box);
      return true;
    });
  }

  /** Visit the cells of a box until `visit` returns false; return whether it never did. */
  private everyCell(box: Box, visit: (cell: number) => boolean): boolean {
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

export function centered(x: number, y: number, width: number, height: number): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

export function contains(box: Box, x: number, y: number): boolean {
  return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
}

/** Whether a box lies wholly in the area from (0, 0) to `area`. */
export function isWithin(box: Box, area: Size): boolean {
  return box.x >= 0 && box.y >= 0 && box.x + box.width <= area.width && box.y + box.height <= area.height;
}
