/** A vector as rows of colored cells: their colors and places. */
type RGB = readonly [number, number, number];

/** A vector with this many numbers is long. */
const LONG = 256;

/**
 * From the most negative to the most positive: blue, background, orange, distinct under all common kinds of color
 * blindness. On a dark background the middle is dark, so that in both themes values far from 0 stand out.
 */
// prettier-ignore
const STOPS: Readonly<Record<"light" | "dark", readonly RGB[]>> = {
  light: [[5, 62, 129], [74, 139, 201], [242, 242, 239], [233, 138, 52], [148, 60, 4]],
  dark: [[164, 214, 255], [43, 124, 200], [36, 38, 44], [196, 98, 22], [255, 200, 128]],
};

/** The color of a value at `part` of the scale from -1 to 1; values beyond are clipped, NaN counts as 0. */
export function heatColor(part: number, dark: boolean): RGB {
  const stops = STOPS[dark ? "dark" : "light"];
  const place = (Math.max(-1, Math.min(1, part || 0)) + 1) * 2;
  const at = Math.min(3, Math.floor(place));
  const mixed = [0, 1, 2].map((c) => Math.round(stops[at][c] + (place - at) * (stops[at + 1][c] - stops[at][c])));
  return [mixed[0], mixed[1], mixed[2]];
}

/**
 * The absolute value that gets the full color: the largest. In long vectors one in fifty may be larger, since a few
 * numbers in a language model's table are so large that all others would look like 0.
 */
export function heatLimit(vector: ArrayLike<number>): number {
  const sizes = Float64Array.from(vector, Math.abs).filter(Number.isFinite).sort();
  return sizes.length ? sizes[sizes.length - 1 - (sizes.length < LONG ? 0 : Math.floor(sizes.length / 50))] : 0;
}

/** Cells in reading order: cell i lies in column i % columns of row floor(i / columns). CSS pixels. */
export interface HeatLayout {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

const COLUMNS = [10, 12, 16, 20, 24, 25, 30, 32, 40, 48, 50, 60, 64, 80, 100, 128, 256];
const SMALLEST = 3;
/** The same where many vectors lie below each other. */
const NARROWEST = 1.5;

/** Few numbers in one row of wide cells, many in rows of equal length where possible, as large as the room allows. */
export function heatLayout(dim: number, width: number): HeatLayout {
  if (dim <= 16) return { columns: dim, rows: 1, cellWidth: width / dim, cellHeight: 26 };
  const room = dim <= 128 ? 56 : dim <= 1024 ? 96 : 160;
  const fitting = COLUMNS.map((columns) => layoutWith(dim, width, columns)).filter(
    ({ rows, cellHeight }) => rows * cellHeight <= room,
  );
  const even = fitting.find(({ columns, cellWidth }) => dim % columns === 0 && cellWidth >= SMALLEST);
  return even ?? fitting[0] ?? layoutWith(dim, width, COLUMNS[COLUMNS.length - 1]);
}

function layoutWith(dim: number, width: number, columns: number): HeatLayout {
  const cellWidth = width / columns;
  return { columns, rows: Math.ceil(dim / columns), cellWidth, cellHeight: Math.min(14, cellWidth) };
}

/** As few lines as possible, for a vector below others: what lies below each other is the same dimension. */
export function heatLine(dim: number, width: number): HeatLayout {
  const most = Math.max(1, Math.floor(width / NARROWEST));
  const rows = Math.ceil(dim / most);
  const columns = Math.ceil(dim / rows);
  return {
    columns,
    rows,
    cellWidth: width / columns,
    cellHeight: rows === 1 ? 16 : Math.max(3, Math.min(8, 32 / rows)),
  };
}

/** The dimension whose cell is at this place; null outside all cells. */
export function heatCell(layout: HeatLayout, dim: number, x: number, y: number): number | null {
  const column = Math.floor(x / layout.cellWidth);
  const row = Math.floor(y / layout.cellHeight);
  const cell = row * layout.columns + column;
  return column >= 0 && column < layout.columns && row >= 0 && cell >= 0 && cell < dim ? cell : null;
}
