/** The names of the clusters: large, each after a dot of its color, at the middle of its tokens; none in focus. */
import type { Vector } from "../state/camera";
import { centered, isWithin, type Box, type Boxes } from "./boxes";
import { cssColor } from "./colors";
import type { LabelScene } from "./label-placement";
import type { ClusterLabel, MapTheme } from "./map";
import type { PointCloud } from "./point-cloud";
import { labelText, type Pen, type TextMeasure } from "./text";
import { project, type Place } from "./view";

const FONT_SIZE = 16;
/** Before a name, and from there to the name, in CSS pixels. */
const DOT = 9;
const DOT_GAP = 6;
const RIM = 2;
/** Free space at the left and the right of a name, in CSS pixels. */
const PADDING = 5;
const HALO = 5;
const OPACITY = 0.95;
const DIMMED_BY = 0.45;
/** The middle is that of at most this many tokens. */
const MAX_SAMPLE = 2000;
/** In isolation, a cluster of which fewer tokens are drawn has no name. */
const MIN_DRAWN = 3;

export interface ClusterName {
  readonly text: string;
  readonly color: string;
  readonly at: Vector;
  readonly width: number;
  /** Where it was last, with padding. */
  box: Box;
  alpha: number;
  /** Whether it has room. */
  shown: boolean;
}

export class ClusterNames {
  names: readonly ClusterName[] = [];
  private readonly spot: Place = { x: 0, y: 0, depth: 0 };

  constructor(private readonly measure: TextMeasure) {}

  /** The names that have room among `boxes`, to which they are added; `names` stays as it is. */
  choose(scene: LabelScene, boxes: Boxes): ClusterName[] {
    const chosen: ClusterName[] = [];
    for (const cluster of scene.marks.isFocus ? [] : scene.clusters) {
      const name = this.make(scene, cluster);
      if (name === null || !boxes.isFree(name.box) || !isWithin(name.box, scene.view)) continue;
      boxes.add(name.box);
      chosen.push(name);
    }
    return chosen;
  }

  /** Move the names with the points; those without room among `boxes` are hidden, the others added to it. */
  follow(scene: LabelScene, boxes: Boxes): void {
    for (const name of this.names) {
      const box = this.boxOf(scene, name.at, name.width);
      name.shown = box !== null && !scene.marks.isFocus && boxes.isFree(box);
      if (box !== null) name.box = box;
      if (name.shown) boxes.add(name.box);
    }
  }

  /** Beside marks the names are weaker. `fade`: moves a name's alpha on and returns it. */
  draw(
    context: CanvasRenderingContext2D,
    pen: Pen,
    { theme, cloud }: LabelScene,
    fade: (name: ClusterName) => number,
  ): void {
    const opacity = OPACITY - DIMMED_BY * cloud.fading.dimming;
    for (const name of this.names) {
      const alpha = fade(name);
      if (alpha === 0) continue;
      context.globalAlpha = opacity * alpha;
      const left = name.box.x + PADDING;
      pen.write(name.text, fontOf(theme), theme.ink, { ...name.box, x: left + DOT + DOT_GAP }, HALO);
      drawDot(context, left + DOT / 2, name.box.y + name.box.height / 2, name.color, theme);
    }
  }

  private make(scene: LabelScene, cluster: ClusterLabel): ClusterName | null {
    const { cloud } = scene;
    const ids = cloud.isolated ? cluster.ids.filter((id) => cloud.isDrawn(cloud.order.slotOf[id])) : cluster.ids;
    if (ids.length < (cloud.isolated ? MIN_DRAWN : 1)) return null;
    const text = labelText(cluster.text);
    const at = middle(cloud, ids);
    const width = DOT + DOT_GAP + this.measure.width(text, fontOf(scene.theme));
    const box = this.boxOf(scene, at, width);
    if (box === null) return null;
    const before = this.names.find((name) => name.text === text);
    return { text, at, width, box, color: cssColor(cluster.color), alpha: before?.alpha ?? 0, shown: true };
  }

  private boxOf(scene: LabelScene, at: Vector, width: number): Box | null {
    if (!project(scene.view, ...at, this.spot)) return null;
    return centered(this.spot.x, this.spot.y, width + 2 * PADDING, FONT_SIZE * 1.4);
  }
}

/** With a rim that parts it from points of its own color. */
function drawDot(context: CanvasRenderingContext2D, x: number, y: number, color: string, theme: MapTheme): void {
  for (const [radius, fill] of [
    [DOT / 2 + RIM, theme.background],
    [DOT / 2, color],
  ] as const) {
    context.fillStyle = fill;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
}

function fontOf(theme: MapTheme): string {
  return `700 ${FONT_SIZE}px ${theme.font}`;
}

/** The median of each coordinate. */
function middle(cloud: PointCloud, ids: Uint32Array): Vector {
  const placed = ids.filter((id) => cloud.hasPlace(cloud.order.slotOf[id]));
  const step = Math.ceil(placed.length / MAX_SAMPLE);
  const sample = placed.filter((_, i) => i % step === 0);
  const median = (axis: number) =>
    Float32Array.from(sample, (id) => cloud.at(cloud.order.slotOf[id], axis)).sort()[sample.length >> 1];
  return [median(0), median(1), median(2)];
}
