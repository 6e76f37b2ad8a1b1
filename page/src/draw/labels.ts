/**
 * The labels on the map: names of tokens, in focus and else, and of clusters.
 *
 * They are chosen when the camera rests, the most important first, and never overlap; while it moves, those that are
 * there follow their points, and one that would cover a more important one is hidden.
 */
import { Boxes, centered, isWithin, overlap, type Box } from "./boxes";
import { Callouts } from "./callouts";
import { type ClusterName, ClusterNames } from "./cluster-names";
import { candidates, protectedTokens } from "./label-candidates";
import { LabelPlacement, padded, radiusOf, type Label, type LabelScene } from "./label-placement";
import type { ScreenIndex } from "./screen-index";
import { FEW_POINTS } from "./sizes";
import { HALO_OF_NAMES, Pen, type TextMeasure } from "./text";

/** CSS pixels² of the map for each label. */
const AREA_PER_LABEL = 9000;
/** The same while points move all the time: fewer labels get into each other's way. */
const AREA_WHILE_FOLLOWING = 18_000;
/** At most this many unmarked labels in a square of this side: a crowded corner leaves some for the others. */
const MAX_IN_SQUARE = 3;
const SQUARE = 140;
const FADE_MS = 160;
/** Candidates between two looks at the clock. */
const CHUNK = 256;
/** Clusters are named where at least this part of all points is in view. */
const OVERVIEW = 0.97;
const HALO = 3;
/** How opaque the labels are that do not stand out beside marks, and in focus. */
const DIMMED = 0.6;
const FADED = 0.4;

export interface VisibleLabel {
  readonly id: number;
  readonly text: string;
  /** What is written after the name; may be empty. */
  readonly note: string;
  readonly box: Box;
}

export class Labels {
  private labels: Label[] = [];
  /** The labels of the chosen and the hovered token, which are always there. */
  private pinned: Label[] = [];
  private readonly placement: LabelPlacement;
  private readonly callouts: Callouts;
  private readonly clusters: ClusterNames;
  private readonly boxes = new Boxes();

  constructor(measure: TextMeasure) {
    this.placement = new LabelPlacement(measure);
    this.callouts = new Callouts(measure);
    this.clusters = new ClusterNames(measure);
  }

  /** The labels of tokens that are on the screen. */
  get visible(): readonly VisibleLabel[] {
    const labels = [...this.pinned, ...this.labels].filter((label) => label.shown && !label.leaving);
    return [...labels.map(({ id, text, box }) => ({ id, text, note: "", box })), ...this.callouts.visible];
  }

  /** The token whose name in focus is at a place; null where there is none. */
  at(x: number, y: number): number | null {
    return this.callouts.at(x, y);
  }

  /** Remove all: there are other tokens, or no labels are wanted. */
  clear(): void {
    this.labels = [];
    this.pinned = [];
    this.callouts.clear();
    this.clusters.names = [];
  }

  /** Choose the labels of a resting view. Yields between pieces of the work. */
  *choose(scene: LabelScene, index: ScreenIndex): Generator<void> {
    const isFew = scene.cloud.total <= FEW_POINTS;
    const boxes = new Boxes();
    const dots = new Boxes();
    for (const box of scene.taken) boxes.add(box);
    for (const id of isFew ? scene.importance : protectedTokens(scene.marks)) addDot(scene, index, id, dots);
    const pinned = this.pin(scene, dots);
    for (const label of pinned) boxes.add(padded(label.box));
    const callouts = yield* this.callouts.choose(
      scene,
      boxes,
      dots,
      pinned.map(({ box }) => box),
    );
    const isOverview = index.inView >= OVERVIEW * scene.cloud.nPlaced;
    yield;
    const placed: Label[] = [];
    const maxLabels = Math.max(
      isFew ? FEW_POINTS : 0,
      Math.ceil((scene.view.width * scene.view.height) / (scene.isFollowing ? AREA_WHILE_FOLLOWING : AREA_PER_LABEL)),
    );
    const crowd = new Crowd(isFew ? Infinity : MAX_IN_SQUARE);
    const done = new Set([...pinned, ...callouts].map((label) => label.id));
    const staying = new Map(scene.isFollowing ? this.labels.filter(isStaying).map((label) => [label.id, label]) : []);
    let nTried = 0;
    let names: readonly ClusterName[] | null = null;
    for (const { id, isMarked } of yield* candidates(scene, index, staying)) {
      const isFirst = isMarked && !scene.cloud.isolated; // where only marked ones are drawn, all are alike
      if (!isFirst) names ??= isOverview ? this.clusters.choose(scene, boxes) : [];
      if (placed.length >= maxLabels) break;
      if (++nTried % CHUNK === 0) yield;
      const slot = scene.cloud.order.slotOf[id];
      if (done.has(id) || !scene.cloud.isDrawn(slot)) continue;
      if (!isMarked && crowd.isFull(index.x[slot], index.y[slot])) continue;
      const label = this.placement.fitted(scene, id, boxes, dots, staying.get(id)?.side);
      if (label === null) continue;
      label.isFirst = isFirst;
      done.add(id);
      crowd.add(index.x[slot], index.y[slot]);
      boxes.add(padded(label.box));
      placed.push(label);
    }
    this.pinned = pinned;
    this.callouts.replace(callouts);
    this.clusters.names = names ?? (isOverview ? this.clusters.choose(scene, boxes) : []);
    this.replace(placed);
  }

  /** Move all labels with their points, and hide those that have no room now. */
  follow(scene: LabelScene): void {
    const { boxes } = this;
    boxes.clear();
    for (const box of scene.taken) boxes.add(box);
    this.pinned = this.pin(scene, null);
    for (const label of this.pinned) boxes.add(padded(label.box));
    this.callouts.follow(scene, boxes);
    const named = new Set([...this.pinned, ...this.callouts.visible].map((label) => label.id));
    for (const label of this.labels) if (label.isFirst) this.followOne(scene, label, named, boxes);
    this.clusters.follow(scene, boxes);
    for (const label of this.labels) if (!label.isFirst) this.followOne(scene, label, named, boxes);
  }

  /** `named`: tokens that have another label. */
  private followOne(scene: LabelScene, label: Label, named: ReadonlySet<number>, boxes: Boxes): void {
    const box = named.has(label.id) ? null : this.placement.boxOf(scene, label);
    label.shown = false;
    if (box === null || label.leaving || !scene.cloud.isDrawn(scene.cloud.order.slotOf[label.id])) return;
    label.box = box;
    const room = padded(box);
    label.shown = boxes.isFree(room) && isWithin(room, scene.view);
    if (label.shown) boxes.add(room);
    else label.leaving = scene.isFollowing; // it would come and go with each step
  }

  /** Paint. Returns whether some are still fading in or out. `elapsed`: milliseconds since the last time. */
  draw(context: CanvasRenderingContext2D, scene: LabelScene, elapsed: number): boolean {
    const { theme, marks, cloud } = scene;
    const fading = new Fading(elapsed / FADE_MS);
    const pen = new Pen(context, theme.background);
    this.clusters.draw(context, pen, scene, (name) => fading.advance(name));
    const isDimming = cloud.fading.dimming > 0 || marks.isFocus;
    for (const label of this.labels) {
      if (fading.advance(label) === 0) continue;
      const isDimmed = isDimming && !cloud.standsOut(cloud.order.slotOf[label.id]);
      const strength = isDimmed ? (marks.isFocus && !marks.keepsColors ? FADED : DIMMED) : 1;
      context.globalAlpha = label.alpha * (1 - 0.35 * label.depthFraction * cloud.depthCue) * strength;
      pen.write(label.text, label.font, isDimmed ? theme.faint : theme.ink, label.box, HALO);
    }
    context.globalAlpha = 1;
    this.callouts.draw(context, pen, theme, marks, (callout) => fading.advance(callout));
    for (const label of this.pinned)
      pen.write(label.text, label.font, label.id === marks.chosen ? theme.accent : theme.ink, label.box, HALO_OF_NAMES);
    this.labels = this.labels.filter((label) => !label.leaving || label.alpha > 0);
    return fading.isGoingOn;
  }

  /**
   * Labels of the chosen token, and of the hovered one if no callout names it, where they are in view. `dots`: discs of points that they avoid where
   * they can; null: each stays on its side.
   */
  private pin(scene: LabelScene, dots: Boxes | null): Label[] {
    const { marks, cloud } = scene;
    const isNamed = marks.hovered !== null && this.callouts.names(marks.hovered);
    const ids = [...new Set([marks.chosen, isNamed ? null : marks.hovered])].filter((id) => id !== null);
    const pinned: Label[] = [];
    for (const id of ids) {
      if (!cloud.isDrawn(cloud.order.slotOf[id])) continue;
      const before = this.pinned.find((label) => label.id === id);
      const sides = this.placement.pinned(scene, id);
      const order = dots === null && before !== undefined ? [sides[before.side], ...sides] : sides;
      const visible = order.filter((label) => label !== null && isWithin(label.box, scene.view)) as Label[];
      const label = visible.find(({ box }) => dots === null || dots.isFree(box)) ?? visible[0];
      if (label !== undefined && !pinned.some((other) => overlap(other.box, label.box))) pinned.push(label);
    }
    return pinned;
  }

  /** Labels that stay keep their alpha; the others fade out. */
  private replace(placed: Label[]): void {
    const before = new Map(this.labels.map((label) => [label.id, label]));
    for (const label of placed) {
      label.alpha = before.get(label.id)?.alpha ?? 0;
      before.delete(label.id);
    }
    for (const label of before.values()) label.leaving = true;
    this.labels = [...placed, ...before.values()];
  }
}

function isStaying({ leaving }: Label): boolean {
  return !leaving;
}

/** Moves what appears and disappears on towards opaque or invisible. */
class Fading {
  isGoingOn = false;

  constructor(private readonly step: number) {}

  /** Return the new alpha. */
  advance(item: { alpha: number; readonly shown: boolean }): number {
    const goal = item.shown ? 1 : 0;
    item.alpha = goal > item.alpha ? Math.min(goal, item.alpha + this.step) : Math.max(goal, item.alpha - this.step);
    if (item.alpha !== goal) this.isGoingOn = true;
    return item.alpha;
  }
}

/** Counts labels by squares of the screen. */
class Crowd {
  private readonly counts = new Map<number, number>();

  constructor(private readonly most: number) {}

  isFull(x: number, y: number): boolean {
    return (this.counts.get(square(x, y)) ?? 0) >= this.most;
  }

  add(x: number, y: number): void {
    this.counts.set(square(x, y), (this.counts.get(square(x, y)) ?? 0) + 1);
  }
}

function square(x: number, y: number): number {
  return Math.floor(y / SQUARE) * 4096 + Math.floor(x / SQUARE);
}

function addDot(scene: LabelScene, index: ScreenIndex, id: number, dots: Boxes): void {
  const slot = scene.cloud.order.slotOf[id];
  if (Number.isNaN(index.x[slot]) || !scene.cloud.isDrawn(slot)) return;
  const side = 1.8 * radiusOf(scene, slot, index.depth[slot]);
  dots.add(centered(index.x[slot], index.y[slot], side, side));
}
