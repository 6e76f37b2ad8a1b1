/** Where a label stands beside its point: on which side, how far off, and whether there is room. */
import type { TokenTable } from "../data/tokens";
import { centered, isWithin, type Box, type Boxes } from "./boxes";
import type { ClusterLabel, Marks, MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import { depthFraction, FEW_POINTS, type Sizing } from "./sizes";
import { labelText, type TextMeasure } from "./text";
import type { Place, View } from "./view";

/** What labels depend on. */
export interface LabelScene {
  readonly cloud: PointCloud;
  readonly view: View;
  readonly sizing: Sizing;
  readonly marks: Marks;
  readonly tokens: TokenTable;
  /** Ids, the most important first. */
  readonly importance: Uint32Array;
  readonly theme: MapTheme;
  readonly clusters: readonly ClusterLabel[];
  /** Tokens whose ways are drawn, which get labels before others. */
  readonly trails: readonly number[];
  /** Places that are not free: names of axes, numbers of the path. */
  readonly taken: readonly Box[];
  /** Whether the points follow a table in training: the labels that are there come first, as they stand. */
  readonly isFollowing: boolean;
}

export interface Label {
  readonly id: number;
  readonly text: string;
  readonly font: string;
  /** An index into SIDES. */
  readonly side: number;
  /** From the rim of the point, in CSS pixels. */
  readonly gap: number;
  /** Where it was last, without padding. */
  box: Box;
  /** Whether it goes before the names of clusters. */
  isFirst: boolean;
  /** How opaque it is at the moment, 0 … 1. */
  alpha: number;
  /** Whether it has room. */
  shown: boolean;
  /** Whether it is no longer chosen and fades out. */
  leaving: boolean;
  /** How far back its point is, 0 … 1. */
  depthFraction: number;
}

/** Steps from the point to the right and down, in halves of the label's size, the preferred side first. */
const SIDES: readonly (readonly [number, number])[] = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
];
/** Where there are many points, labels stand right, left, above or below. */
const STRAIGHT_SIDES = 4;
const PINNED_GAP = 5;

export class LabelPlacement {
  private readonly spot: Place = { x: 0, y: 0, depth: 0 };

  constructor(private readonly measure: TextMeasure) {}

  /** The label of a token on each side; null where its point is behind the camera. */
  pinned(scene: LabelScene, id: number): (Label | null)[] {
    return SIDES.map((_, side) => this.make(scene, id, side, PINNED_GAP, true));
  }

  /**
   * The label of a token on the first side where it has room; null where it has none. `dots`: discs of points. `preferred`:
   * the side that is tried first.
   */
  fitted(scene: LabelScene, id: number, boxes: Boxes, dots: Boxes, preferred = 0): Label | null {
    const isFew = scene.cloud.total <= FEW_POINTS;
    const nSides = isFew ? SIDES.length : STRAIGHT_SIDES;
    const sides = [...new Set([preferred, ...Array(nSides).keys()])];
    for (const avoidsDots of isFew ? [true, false] : [true])
      for (const gap of isFew ? [4, 14] : [3])
        for (const side of sides) {
          const label = this.make(scene, id, side, gap, false);
          if (label === null) return null;
          const room = padded(label.box);
          if (isWithin(room, scene.view) && boxes.isFree(room) && (!avoidsDots || dots.isFree(label.box))) return label;
        }
    return null;
  }

  /** Where a label is now, and how far back; null when its point is behind the camera. */
  boxOf(scene: LabelScene, label: Label): Box | null {
    const { cloud, view } = scene;
    const slot = cloud.order.slotOf[label.id];
    const spot = this.spot;
    if (!cloud.project(slot, view, spot)) return null;
    label.depthFraction = depthFraction(scene.sizing.distance, spot.depth);
    const [right, down] = SIDES[label.side];
    const isDiagonal = right !== 0 && down !== 0;
    const off = radiusOf(scene, slot, spot.depth) * (isDiagonal ? 0.75 : 1) + label.gap;
    const { width, height } = label.box;
    const x = Math.round(spot.x + right * (off + width / 2));
    const y = Math.round(spot.y + down * (off + height / 2 - 1));
    return centered(x, y, width, height);
  }

  private make(scene: LabelScene, id: number, side: number, gap: number, isBold: boolean): Label | null {
    const text = labelText(scene.tokens.token(id));
    const size = fontSize(scene.cloud.total, isBold);
    const font = `${isBold ? 700 : 500} ${size}px ${scene.theme.font}`;
    const box = { x: 0, y: 0, width: this.measure.width(text, font), height: 1.25 * size };
    const fate = { alpha: 0, shown: true, leaving: false };
    const label: Label = { id, text, font, side, gap, box, isFirst: false, ...fate, depthFraction: 0 };
    const placed = this.boxOf(scene, label);
    if (placed === null) return null;
    label.box = placed;
    return label;
  }
}

function fontSize(n: number, isBold: boolean): number {
  return (n <= FEW_POINTS ? 15 : 12) + (isBold ? 1 : 0);
}

/** Radius of a point in CSS pixels at a depth in front of the camera. */
export function radiusOf({ cloud, sizing, marks }: LabelScene, slot: number, depth: number): number {
  const id = cloud.order.idOf[slot];
  const isLarge = cloud.standsOut(slot) || id === marks.chosen || id === marks.hovered;
  return cloud.diameterOf(slot, sizing, depth, isLarge) / 2;
}

/** A label's box and the space that it keeps free around itself. */
export function padded(box: Box): Box {
  return { x: box.x - 4, y: box.y - 1, width: box.width + 8, height: box.height + 2 };
}
