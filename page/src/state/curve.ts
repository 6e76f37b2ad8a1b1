/** A line over the moments of a timeline, as an SVG path: x counts moments, y goes from 0 at the top to 1. */

/** The least and the largest of all values, null where there are none; equal ones are put in the middle. */
export function rangeOf(lines: readonly ArrayLike<number>[]): readonly [low: number, high: number] | null {
  const values = lines.flatMap((line) => Array.from(line)).filter(Number.isFinite);
  if (values.length === 0) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

/** Where a value lies between the ends: 0 at the high one, 1 at the low one. */
export function heightOf(value: number, [low, high]: readonly [number, number]): number {
  return (high - value) / (high - low);
}

/** NaN: a moment without a value, which the line leaves out; between two that have one it goes on. */
export function curvePath(values: ArrayLike<number>, range: readonly [number, number]): string {
  let path = "";
  for (let moment = 0; moment < values.length; moment++) {
    if (!Number.isFinite(values[moment])) continue;
    path += `${path ? "L" : "M"}${moment} ${Number(heightOf(values[moment], range).toFixed(4))}`;
  }
  return path;
}
