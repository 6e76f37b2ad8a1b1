/** Which token is at a place of the screen, and which lie inside an area. */
import type { Area } from "../state/area";
import type { Marks } from "./map";
import type { PointCloud } from "./point-cloud";
import { pickAmongAll, type ScreenIndex, type Targets } from "./screen-index";
import { maxDiameter } from "./sizes";
import { project, type Place, type View } from "./view";

/** The id of the token at a place, null where there is none. `index`: of this view; null: look at every point. */
export function pickToken(
  cloud: PointCloud,
  marks: Marks,
  view: View,
  index: ScreenIndex | null,
  x: number,
  y: number,
): number | null {
  const targets = targetsOf(cloud, marks, view);
  const slot = index !== null ? index.pick(x, y, targets) : pickAmongAll(view, cloud.places(), x, y, targets);
  return slot < 0 ? null : cloud.order.idOf[slot];
}

/** Ids of the drawn tokens inside an area, ascending. */
export function tokensInside(cloud: PointCloud, view: View, area: Area): Uint32Array {
  const places = cloud.places();
  const spot: Place = { x: 0, y: 0, depth: 0 };
  const ids: number[] = [];
  for (let slot = 0; slot < cloud.n; slot++)
    if (
      project(view, places[3 * slot], places[3 * slot + 1], places[3 * slot + 2], spot) &&
      area.contains(spot.x, spot.y) &&
      cloud.isDrawn(slot)
    )
      ids.push(cloud.order.idOf[slot]);
  return Uint32Array.from(ids).sort();
}

/** The chosen token goes before others that stand out, and those before the rest. */
function targetsOf(cloud: PointCloud, marks: Marks, view: View): Targets {
  const sizing = cloud.sizing(view);
  const { idOf } = cloud.order;
  const isChosen = (slot: number) => idOf[slot] === marks.chosen;
  const standsOut = (slot: number) => cloud.standsOut(slot);
  return {
    maxRadius: maxDiameter(sizing, cloud.marked.length > 0 || marks.chosen !== null) / 2,
    radius: (slot, depth) =>
      cloud.isDrawn(slot) ? cloud.diameterOf(slot, sizing, depth, standsOut(slot) || isChosen(slot)) / 2 : -1,
    rank: (slot) => (isChosen(slot) ? 2 : standsOut(slot) ? 1 : 0),
  };
}
