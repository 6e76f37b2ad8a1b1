/**
 * Callouts: the names of the tokens in focus, each where there is room near its point, with a thin line to it. They are
 * the tokens of an analogy, and the nearest neighbors of the chosen token with their similarities.
 */
import { isWithin, type Box, type Boxes } from "./boxes";
import {
  bestArrangement,
  boxAt,
  leaderTo,
  lengthOf,
  type Callout,
  type Segment,
  type Spot,
  type Wanted,
} from "./callout-places";
import { padded, radiusOf, type LabelScene } from "./label-placement";
import { HALO_OF_NAMES, labelText, type Pen, type TextMeasure } from "./text";
import type { Marks, MapTheme } from "./map";
import { FEW_POINTS } from "./sizes";
import type { Place } from "./view";

/** A shorter line says nothing. */
const MIN_LEADER = 7;
const NOTE_GAP = 5;

/** The tokens that are called out, the most important first. */
export function calledOut({ chosen, arrows, neighbors, similarities }: Marks): Wanted[] {
  const wanted = new Map<number, Wanted>();
  neighbors.slice(0, similarities.length).forEach((id, at) => wanted.set(id, { id, note: similarities[at] }));
  const ends = arrows.flat().map((id) => wanted.get(id) ?? { id, note: "" });
  const all = new Map([...ends, ...wanted.values()].map((one) => [one.id, one]));
  return [...all.values()].filter(({ id }) => id !== chosen); // which has its label anyway
}

export class Callouts {
  private callouts: Callout[] = [];
  private readonly spot: Place = { x: 0, y: 0, depth: 0 };

  constructor(private readonly measure: TextMeasure) {}

  get visible(): readonly Callout[] {
    return this.callouts.filter(({ shown, leaving }) => shown && !leaving);
  }

  clear(): void {
    this.callouts = [];
  }

  /** Whether the token's name is on the screen. */
  names(id: number): boolean {
    return this.visible.some((callout) => callout.id === id);
  }

  /** The token whose callout is at a place; null where there is none. */
  at(x: number, y: number): number | null {
    const hit = ({ box }: Callout) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    return this.visible.find(hit)?.id ?? null;
  }

  /**
   * Callouts that have room among `boxes`, to which they are added, and that cover none of the `dots`; their lines keep
   * off the `names` where they can. Those that are there now stay as they are until `replace`. Yields between pieces of
   * the work.
   */
  *choose(scene: LabelScene, boxes: Boxes, dots: Boxes, names: readonly Box[]): Generator<void, Callout[], void> {
    const spots: Spot[] = calledOut(scene.marks).flatMap((wanted) => {
      const slot = scene.cloud.order.slotOf[wanted.id];
      if (!scene.cloud.isDrawn(slot) || !scene.cloud.project(slot, scene.view, this.spot)) return [];
      const { x, y, depth } = this.spot;
      return isInside(x, y, scene) ? [{ ...wanted, x, y, radius: radiusOf(scene, slot, depth) }] : [];
    });
    const tries = spots.map((spot) => {
      const before = this.callouts.find(({ id, leaving }) => id === spot.id && !leaving);
      return { spot, made: { ...this.make(scene, spot), alpha: before?.alpha ?? 0 }, before };
    });
    const { placed } = yield* bestArrangement(tries, { scene, boxes, dots, names });
    for (const { box } of placed) boxes.add(padded(box));
    const ranks = new Map(spots.map(({ id }, rank) => [id, rank]));
    return placed.sort((one, other) => ranks.get(one.id)! - ranks.get(other.id)!);
  }

  /** Those that stay keep their alpha; let the callouts fade out that are not among `placed`. */
  replace(placed: readonly Callout[]): void {
    const ids = new Set(placed.map(({ id }) => id));
    const alphas = new Map(this.callouts.map(({ id, alpha }) => [id, alpha]));
    for (const callout of placed) callout.alpha = alphas.get(callout.id) ?? 0;
    const before = this.callouts.filter(({ id, alpha }) => !ids.has(id) && alpha > 0);
    for (const callout of before) callout.leaving = true;
    this.callouts = [...placed, ...before];
  }

  /** Move callouts with their points; those without room among `boxes` are hidden, the others added to it. */
  follow(scene: LabelScene, boxes: Boxes): void {
    const { cloud, view, marks } = scene;
    const wanted = new Map(calledOut(marks).map(({ id, note }) => [id, note]));
    for (const callout of this.callouts) {
      callout.shown = false;
      const slot = cloud.order.slotOf[callout.id];
      const note = wanted.get(callout.id);
      if (note === undefined) callout.leaving = true;
      else if (note !== callout.note) this.rewrite(callout, note);
      if (callout.leaving || !cloud.isDrawn(slot) || !cloud.project(slot, view, this.spot)) continue;
      const { x, y, depth } = this.spot;
      callout.box = boxAt({ x, y }, callout, callout.box);
      callout.leader = leaderTo(callout.box, { x, y, radius: radiusOf(scene, slot, depth) });
      const room = padded(callout.box);
      callout.shown = isInside(x, y, scene) && isWithin(room, view) && boxes.isFree(room);
      if (callout.shown) boxes.add(room);
    }
  }

  /** `fade`: moves a callout's alpha on and returns it. */
  draw(
    context: CanvasRenderingContext2D,
    pen: Pen,
    theme: MapTheme,
    { hovered }: Marks,
    fade: (callout: Callout) => number,
  ): void {
    const opaque = this.callouts.filter((callout) => fade(callout) > 0);
    this.callouts = this.callouts.filter(({ leaving, alpha }) => !leaving || alpha > 0);
    if (opaque.length === 0) return;
    context.save();
    for (const { leader, alpha, id } of opaque) drawLeader(context, theme, leader, alpha, id === hovered);
    context.restore();
    for (const { text, note, font, noteFont, noteWidth, box, alpha, id } of opaque) {
      context.globalAlpha = alpha;
      pen.write(text, font, id === hovered ? theme.accent : theme.ink, box, HALO_OF_NAMES);
      if (note === "") continue;
      pen.write(note, noteFont, theme.faint, { ...box, x: box.x + box.width - noteWidth }, HALO_OF_NAMES);
    }
    context.globalAlpha = 1;
  }

  /** At another moment of a timeline a neighbor is as near as it was then. */
  private rewrite(callout: Callout, note: string): void {
    const noteWidth = this.measure.width(note, callout.noteFont);
    const width = callout.box.width + noteWidth - callout.noteWidth;
    Object.assign(callout, { note, noteWidth, box: { ...callout.box, width } });
  }

  private make({ tokens, theme, cloud }: LabelScene, { id, note }: Wanted): Callout {
    const text = labelText(tokens.token(id));
    const size = cloud.total <= FEW_POINTS ? 15 : 13;
    const [font, noteFont] = [`600 ${size}px ${theme.font}`, `500 ${size - 1}px ${theme.font}`];
    const noteWidth = note === "" ? 0 : this.measure.width(note, noteFont);
    const width = this.measure.width(text, font) + (note === "" ? 0 : NOTE_GAP + noteWidth);
    const box = { x: 0, y: 0, width, height: 1.25 * size };
    const leader = { x1: 0, y1: 0, x2: 0, y2: 0 };
    const fate = { alpha: 0, shown: true, leaving: false };
    return { id, text, note, font, noteFont, noteWidth, right: 0, down: 0, box, leader, ...fate };
  }
}

function drawLeader(
  context: CanvasRenderingContext2D,
  theme: MapTheme,
  leader: Segment,
  alpha: number,
  isHovered: boolean,
): void {
  if (lengthOf(leader) < MIN_LEADER) return;
  context.beginPath();
  context.moveTo(leader.x1, leader.y1);
  context.lineTo(leader.x2, leader.y2);
  context.lineCap = "round";
  context.globalAlpha = 0.8 * alpha;
  context.lineWidth = 3;
  context.strokeStyle = theme.background;
  context.stroke();
  context.globalAlpha = alpha;
  context.lineWidth = 1;
  context.strokeStyle = isHovered ? theme.accent : theme.faint;
  context.stroke();
}

function isInside(x: number, y: number, { view }: LabelScene): boolean {
  return x >= 0 && y >= 0 && x <= view.width && y <= view.height;
}
