/** Independent axes of the table as axes of the map, instead of directions between tokens. */
import type { Dims, Manifest } from "../data/source";
import type { AxisWords, State } from "./state";

/** Which independent axis each axis of the map is, from 1; 0: a direction between tokens. */
export type Independent = readonly [number, number, number];
export const NONE_INDEPENDENT: Independent = [0, 0, 0];

/** Whether the page can be asked for them here. */
export function hasIndependentAxes({ explains, timeline }: Manifest): boolean {
  return explains !== null && timeline === null;
}

export function withIndependent(before: Independent, axis: number, to: number): Independent {
  const next: [number, number, number] = [...before];
  next[axis] = to;
  return next;
}

/**
 * The change that shows independent axis `number` on the axis `at` of the map. An axis of the map that says nothing yet
 * gets the first of `more`, other independent axes, so that there is a picture at once.
 */
export function shownAsAxis(
  { axes, independent, dims }: { axes: readonly AxisWords[]; independent: Independent; dims: Dims },
  at: number,
  number: number,
  more: readonly number[],
): Pick<State, "method" | "independent"> {
  let next = withIndependent(independent, at, number);
  for (let axis = 0; axis < dims; axis++) {
    const isSaid = next[axis] > 0 || (axes[axis].from.trim() !== "" && axes[axis].to.trim() !== "");
    const spare = more.find((each) => !next.includes(each));
    if (!isSaid && spare !== undefined) next = withIndependent(next, axis, spare);
  }
  return { method: "axes", independent: next };
}

/** The entry of the address. */
export function independentEntry(independent: Independent): string {
  return independent.some(Boolean) ? independent.join("_") : "";
}

export function independentFrom(text: string | null, manifest: Manifest): Independent {
  const found = /^(\d{1,4})_(\d{1,4})_(\d{1,4})$/.exec(text ?? "");
  if (found === null || manifest.explains === null) return NONE_INDEPENDENT;
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}
