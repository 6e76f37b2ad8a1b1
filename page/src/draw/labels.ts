/**
 * The names of the tokens: which ones, where, and how they follow their points.
 *
 * Chosen when the camera rests, the most important first, never one over another; while it moves those that are
 * there follow their points, and one that would cover a more important one steps back.
 */
import type { TokenTable } from "../data/tokens";
import { Boxes, overlap, type Box } from "./boxes";
import { FOUND, SELECTED } from "./kinds";
import type { ClusterLabel, Marks, MapTheme } from "./map";
import type { PointCloud } from "./points";
import type { ScreenIndex } from "./screen-index";
import { awayness, diameter, FEW, type Sizing } from "./sizes";
import { AS_WRITTEN, labelText, Ruler } from "./text";
import { project, type Place, type View } from "./view";

/** Points looked at for a label, so that the time does not grow with the table. */
const MOST_CANDIDATES = 10_000;
/** CSS pixels² of the map for each label. */
const ROOM = 9000;
/** No more unmarked labels than this in a square of this side: a crowded corner leaves some for the others. */
const CROWD = 3;
const SQUARE = 140;
const FADE_MS = 160;
/** Candidates between two looks at the clock. */
const CHUNK = 256;

export interface Label {
  readonly id: number;
  readonly text: string;
  readonly font: string;
  /** Which of SIDES. */
  readonly side: number;
  /** From the rim of the point. */
  readonly gap: number;
  /** Without the empty rim; where it was last. */
  box: Box;
  alpha: number;
  /** It has room. */
  shown: boolean;
  /** It is to go. */
  leaving: boolean;
  /** 0 near … 1 far. */
  away: number;
}

interface ClusterName {
  readonly text: string;
  readonly colour: string;
  readonly at: readonly [number, number, number];
  readonly width: number;
  box: Box;
  alpha: number;
  shown: boolean;
}

/** What a label is asked for with. */
export interface LabelScene {
  readonly cloud: PointCloud;
  readonly view: View;
  readonly sizing: Sizing;
  readonly marks: Marks;
  readonly tokens: TokenTable;
  readonly importance: Uint32Array;
  readonly theme: MapTheme;
  readonly clusters: readonly ClusterLabel[];
  /** Already taken: names of axes, numbers of the path. */
  readonly taken: readonly Box[];
}

/** Where a label stands by its point: steps from the middle, in halves of its size. */
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

export class Labels {
  private labels: Label[] = [];
  private names: ClusterName[] = [];
  /** Labels that are always there: of the chosen and the hovered token. */
  private forced: Label[] = [];
  private readonly boxes = new Boxes();
  private readonly spot: Place = { x: 0, y: 0, depth: 0 };

  constructor(private readonly ruler: Ruler) {}

  get visible(): readonly Label[] {
    return [...this.forced, ...this.labels].filter((label) => label.shown && !label.leaving);
  }

  /** Forget all: there are other tokens, or no labels are wanted. */
  clear(): void {
    this.labels = [];
    this.names = [];
    this.forced = [];
  }

  /** Choose the labels of a view at rest. Yields between pieces of the work. */
  *choose(scene: LabelScene, index: ScreenIndex): Iterator<void> {
    const { cloud, view, marks } = scene;
    const few = cloud.total <= FEW;
    const boxes = new Boxes();
    const dots = new Boxes();
    for (const box of scene.taken) boxes.add(box);
    for (const id of few ? scene.importance : starred(marks)) this.addDot(scene, index, id, dots);
    const chosen = this.force(scene, dots);
    for (const label of chosen) boxes.add(padded(label.box));
    const names = index.inView >= 0.97 * cloud.n ? this.nameClusters(scene, boxes) : [];
    yield;
    const placed: Label[] = [];
    const most = Math.max(few ? FEW : 0, Math.ceil((view.width * view.height) / ROOM));
    const crowd = new Map<number, number>();
    const done = new Set(chosen.map((label) => label.id));
    let tried = 0;
    for (const [id, isMarked] of yield* candidates(scene, index)) {
      if (placed.length >= most) break;
      if (++tried % CHUNK === 0) yield;
      const slot = cloud.order.slotOf[id];
      if (done.has(id) || !cloud.shown(slot)) continue;
      const square = Math.floor(index.y[slot] / SQUARE) * 4096 + Math.floor(index.x[slot] / SQUARE);
      if (!few && !isMarked && (crowd.get(square) ?? 0) >= CROWD) continue;
      const label = this.fitted(scene, id, boxes, dots, few);
      if (label === null) continue;
      done.add(id);
      crowd.set(square, (crowd.get(square) ?? 0) + 1);
      boxes.add(padded(label.box));
      placed.push(label);
    }
    this.forced = chosen;
    this.replace(placed, names);
  }

  /** Let all labels follow their points, and hide those that have no room now. */
  follow(scene: LabelScene): void {
    const { boxes } = this;
    boxes.clear();
    for (const box of scene.taken) boxes.add(box);
    this.forced = this.force(scene, null);
    for (const label of this.forced) boxes.add(padded(label.box));
    for (const name of this.names) {
      const spot = this.spot;
      name.shown = project(scene.view, ...name.at, spot);
      if (!name.shown) continue;
      name.box = centred(spot.x, spot.y, name.width + 10, CLUSTER_SIZE * 1.4);
      name.shown = boxes.free(name.box);
      if (name.shown) boxes.add(name.box);
    }
    const forced = new Set(this.forced.map((label) => label.id));
    for (const label of this.labels) {
      const box = forced.has(label.id) ? null : this.boxOf(scene, label);
      label.shown = false;
      if (box === null || label.leaving || !scene.cloud.shown(scene.cloud.order.slotOf[label.id])) continue;
      label.box = box;
      const room = padded(box);
      label.shown = boxes.free(room) && inside(room, scene.view);
      if (label.shown) boxes.add(room);
    }
  }

  /** Paint. Returns whether some are still fading in or out. `elapsed`: milliseconds since the last time. */
  draw(context: CanvasRenderingContext2D, scene: LabelScene, elapsed: number): boolean {
    const { theme, marks, cloud } = scene;
    const step = elapsed / FADE_MS;
    let fading = false;
    const faded = (label: { alpha: number; shown: boolean }) => {
      const goal = label.shown ? 1 : 0;
      label.alpha = goal > label.alpha ? Math.min(goal, label.alpha + step) : Math.max(goal, label.alpha - step);
      if (label.alpha !== goal) fading = true;
      return label.alpha;
    };
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.strokeStyle = theme.background;
    const pen = new Pen(context);
    for (const name of this.names) {
      if (faded(name) === 0) continue;
      context.globalAlpha = 0.85 * name.alpha;
      const box = { ...name.box, x: name.box.x + 5 };
      pen.write(name.text, clusterFont(theme), name.colour, box, 5);
    }
    const focused = marks.selected.length > 0 || (marks.found?.length ?? 0) > 0 || marks.path.length > 0;
    for (const label of this.labels) {
      if (faded(label) === 0) continue;
      const isMarked = cloud.look[4 * cloud.order.slotOf[label.id] + 1] > 0;
      context.globalAlpha = label.alpha * (1 - 0.35 * label.away * cloud.depthCue) * (focused && !isMarked ? 0.55 : 1);
      pen.write(label.text, label.font, focused && !isMarked ? theme.faint : theme.ink, label.box, 3);
    }
    context.globalAlpha = 1;
    for (const label of this.forced)
      pen.write(label.text, label.font, label.id === marks.chosen ? theme.accent : theme.ink, label.box, 4);
    this.labels = this.labels.filter((label) => !label.leaving || label.alpha > 0);
    return fading;
  }

  /** Labels of the chosen and the hovered token, where they are in view: on the side they were, or the first free. */
  private force(scene: LabelScene, dots: Boxes | null): Label[] {
    const { marks, cloud } = scene;
    const ids = [...new Set([marks.chosen, marks.hovered])].filter((id) => id !== null);
    const forced: Label[] = [];
    for (const id of ids) {
      if (!cloud.shown(cloud.order.slotOf[id])) continue;
      const before = this.forced.find((label) => label.id === id);
      const tries = SIDES.map((_, side) => this.make(scene, id, side, 5, true));
      const order = dots === null && before !== undefined ? [tries[before.side], ...tries] : tries;
      const clear = (label: Label) => dots === null || dots.free(label.box);
      const seen = order.filter((label) => label !== null && inside(label.box, scene.view)) as Label[];
      const label = seen.find(clear) ?? seen[0];
      if (label !== undefined && !forced.some((other) => overlap(other.box, label.box))) forced.push(label);
    }
    return forced;
  }

  /** The label on the first side where it has room. */
  private fitted(scene: LabelScene, id: number, boxes: Boxes, dots: Boxes, few: boolean): Label | null {
    const sides = few ? SIDES.length : 4;
    for (const isClear of few ? [true, false] : [true])
      for (const gap of few ? [4, 14] : [3])
        for (let side = 0; side < sides; side++) {
          const label = this.make(scene, id, side, gap, false);
          if (label === null) return null;
          const room = padded(label.box);
          if (inside(room, scene.view) && boxes.free(room) && (!isClear || dots.free(label.box))) return label;
        }
    return null;
  }

  private make(scene: LabelScene, id: number, side: number, gap: number, bold: boolean): Label | null {
    const text = labelText(scene.tokens.token(id));
    const font = labelFont(scene.theme, scene.cloud.total, bold);
    const box = { x: 0, y: 0, width: this.ruler.width(text, font), height: 1.25 * fontSize(scene.cloud.total, bold) };
    const label: Label = { id, text, font, side, gap, box, alpha: 0, shown: true, leaving: false, away: 0 };
    const placed = this.boxOf(scene, label);
    if (placed === null) return null;
    label.box = placed;
    return label;
  }

  /** Where a label is now; null when its point is behind the eye. */
  private boxOf(scene: LabelScene, label: Label): Box | null {
    const { cloud, view } = scene;
    const slot = cloud.order.slotOf[label.id];
    const spot = this.spot;
    if (!project(view, cloud.at(slot, 0), cloud.at(slot, 1), cloud.at(slot, 2), spot)) return null;
    label.away = awayness(scene.sizing.distance, spot.depth);
    const [right, down] = SIDES[label.side];
    const off = radiusOf(scene, slot, spot.depth) * (right !== 0 && down !== 0 ? 0.75 : 1) + label.gap;
    const { width, height } = label.box;
    return centred(
      Math.round(spot.x + right * (off + width / 2)),
      Math.round(spot.y + down * (off + height / 2 - 1)),
      width,
      height,
    );
  }

  private addDot(scene: LabelScene, index: ScreenIndex, id: number, dots: Boxes): void {
    const slot = scene.cloud.order.slotOf[id];
    if (Number.isNaN(index.x[slot]) || !scene.cloud.shown(slot)) return;
    const side = 1.8 * radiusOf(scene, slot, index.depth[slot]);
    dots.add(centred(index.x[slot], index.y[slot], side, side));
  }

  private nameClusters(scene: LabelScene, boxes: Boxes): ClusterName[] {
    const names: ClusterName[] = [];
    for (const cluster of scene.clusters) {
      if (cluster.ids.length === 0) continue;
      const text = labelText(cluster.text);
      const at = middle(scene.cloud, cluster.ids);
      const spot = this.spot;
      if (!project(scene.view, ...at, spot)) continue;
      const width = this.ruler.width(text, clusterFont(scene.theme));
      const box = centred(spot.x, spot.y, width + 10, CLUSTER_SIZE * 1.4);
      if (!boxes.free(box) || !inside(box, scene.view)) continue;
      boxes.add(box);
      const before = this.names.find((name) => name.text === text);
      names.push({ text, at, width, box, colour: `rgb(${cluster.color})`, alpha: before?.alpha ?? 0, shown: true });
    }
    return names;
  }

  /** Keep how far those that stay have come, and let the others go. */
  private replace(placed: Label[], names: ClusterName[]): void {
    const before = new Map(this.labels.map((label) => [label.id, label]));
    for (const label of placed) {
      label.alpha = before.get(label.id)?.alpha ?? 0;
      before.delete(label.id);
    }
    for (const label of before.values()) label.leaving = true;
    this.labels = [...placed, ...before.values()];
    this.names = names;
  }
}

const CLUSTER_SIZE = 17;

function clusterFont(theme: MapTheme): string {
  return `700 ${CLUSTER_SIZE}px ${theme.font}`;
}

function fontSize(n: number, bold: boolean): number {
  return (n <= FEW ? 15 : 12) + (bold ? 1 : 0);
}

function labelFont(theme: MapTheme, n: number, bold: boolean): string {
  return `${bold ? 700 : 500} ${fontSize(n, bold)}px ${theme.font}`;
}

/** Tokens whose dots no label may cover. */
function starred(marks: Marks): number[] {
  const ids = [...marks.neighbors, ...marks.path.slice(0, 200)];
  return [...ids, ...[marks.chosen, marks.hovered].filter((id) => id !== null)];
}

function radiusOf({ cloud, sizing, marks }: LabelScene, slot: number, depth: number): number {
  const id = cloud.order.idOf[slot];
  const isMarked = cloud.look[4 * slot + 1] > 0 || id === marks.chosen || id === marks.hovered;
  return diameter(sizing, depth, cloud.look[4 * slot + 2], isMarked) / 2;
}

/**
 * Tokens in view and whether they are marked, in the order in which they are tried: the path, the neighbours, the
 * selected, the found, then the others, each by importance and, in 3-D, by nearness to the eye.
 */
function* candidates(scene: LabelScene, index: ScreenIndex): Generator<void, [number, boolean][], void> {
  const { cloud, marks, view } = scene;
  const { slotOf } = cloud.order;
  const inView = (slot: number) =>
    index.x[slot] >= 0 && index.x[slot] <= view.width && index.y[slot] >= 0 && index.y[slot] <= view.height;
  const lists: number[][] = [[], [], []]; // selected, found, others
  const ranks: number[][] = [[], [], []];
  const isMarked = marks.selected.length > 0 || marks.found !== null;
  for (let rank = 0; rank < scene.importance.length; rank++) {
    if (rank % 16384 === 16383) yield;
    const id = scene.importance[rank];
    const slot = slotOf[id];
    if (!inView(slot)) continue;
    const kind = cloud.look[4 * slot + 1];
    const list = kind === SELECTED ? 0 : kind === FOUND ? 1 : 2;
    if (lists[list].length >= MOST_CANDIDATES) {
      if (!isMarked) break;
      continue;
    }
    lists[list].push(id);
    ranks[list].push(rank);
  }
  const order: [number, boolean][] = [...marks.path, ...marks.neighbors].map((id) => [id, true]);
  for (const [list, ids] of lists.entries()) {
    const key = ids.map((id, i) => {
      const away = (index.depth[slotOf[id]] - scene.sizing.distance + 1.2) / 2.4;
      return Math.log2(ranks[list][i] + 2) + 2.5 * away * cloud.depthCue;
    });
    const by = Uint32Array.from(ids, (_, i) => i).sort((a, b) => key[a] - key[b]);
    for (const i of by) order.push([ids[i], list < 2]);
  }
  return order.slice(0, MOST_CANDIDATES);
}

/** The median of each coordinate over at most 2,000 of the tokens. */
function middle(cloud: PointCloud, ids: Uint32Array): [number, number, number] {
  const step = Math.ceil(ids.length / 2000);
  const sample = ids.filter((_, i) => i % step === 0);
  const median = (axis: number) =>
    Float32Array.from(sample, (id) => cloud.at(cloud.order.slotOf[id], axis)).sort()[sample.length >> 1];
  return [median(0), median(1), median(2)];
}

/** Writes text with a halo, and changes the font only when it differs: canvases read its name anew each time. */
class Pen {
  private font = "";

  constructor(private readonly context: CanvasRenderingContext2D) {
    context.letterSpacing = AS_WRITTEN;
  }

  write(text: string, font: string, colour: string, box: Box, halo: number): void {
    const { context } = this;
    if (font !== this.font) context.font = this.font = font;
    const y = box.y + box.height / 2 + 0.5;
    context.lineWidth = halo;
    context.strokeText(text, box.x, y);
    context.fillStyle = colour;
    context.fillText(text, box.x, y);
  }
}

function centred(x: number, y: number, width: number, height: number): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function padded(box: Box): Box {
  return { x: box.x - 4, y: box.y - 1, width: box.width + 8, height: box.height + 2 };
}

function inside(box: Box, view: View): boolean {
  return box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height;
}
