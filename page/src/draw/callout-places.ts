/**
 * Where callouts stand: each label in the best free place near its point, none over another, their lines crossing as
 * little as can be.
 */
import { centered, isWithin, overlap, type Box, type Boxes, type Size } from "./boxes";
import { padded, type LabelScene } from "./label-placement";

/** A token that is called out, and what is written after its name; may be empty. */
export interface Wanted {
  readonly id: number;
  readonly note: string;
}

export interface Callout {
  readonly id: number;
  readonly text: string;
  /** Written after the name; may be empty. */
  readonly note: string;
  readonly font: string;
  readonly noteFont: string;
  readonly noteWidth: number;
  /** From the middle of the point to the middle of the label, in CSS pixels. */
  readonly right: number;
  readonly down: number;
  /** Where the label was last, without padding. */
  box: Box;
  /** Its line, from the rim of the point. */
  leader: Segment;
  alpha: number;
  /** Whether it has room. */
  shown: boolean;
  /** Whether it is no longer wanted and fades out. */
  leaving: boolean;
}

export interface Segment {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Free space between the rim of a point and its label, the best first. */
const GAPS = [4, 14, 26, 40, 56, 74, 94, 118, 146, 178];
const N_DIRECTIONS = 24;
/** A turn away from the best direction counts as so many pixels of distance. */
const TURN_COST = 9;
/** Labels stay where they are unless other places are nearer by this, on average. */
const STAY = 24;
const TANGLED_COST = 200;
const LEFT_OUT_COST = 1000;
/** On a map narrower than this, in CSS pixels, no line goes over a name: the list has the names too. */
const NARROW = 480;
/** From a point to the middle of its label. The lower its cost, the better it is. */
interface Step {
  readonly right: number;
  readonly down: number;
  readonly cost: number;
}

/** The point of a token on the screen. */
export interface Spot extends Wanted {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface Try {
  readonly spot: Spot;
  readonly made: Callout;
  readonly before: Callout | undefined;
}

export interface Room {
  readonly scene: LabelScene;
  readonly boxes: Boxes;
  readonly dots: Boxes;
  readonly names: readonly Box[];
}

export interface Arrangement {
  readonly placed: Callout[];
  readonly cost: number;
}

/** What is placed first has the best places and can shut the others in, so several ways are tried. */
export function* bestArrangement(tries: readonly Try[], room: Room): Generator<void, Arrangement, void> {
  const [x, y] = [mean(tries.map(({ spot }) => spot.x)), mean(tries.map(({ spot }) => spot.y))];
  const away = ({ spot }: Try) => Math.hypot(spot.x - x, spot.y - y);
  const outwards = new Map(tries.map((one) => [one, Math.atan2(one.spot.y - y, one.spot.x - x)]));
  const outerFirst = [...tries].sort((one, other) => away(other) - away(one));
  let best: Arrangement | null = null;
  for (const angles of [outwards, spread(outwards)]) {
    const stepsOf = new Map(tries.map((one) => [one, steps(one, angles.get(one)!)]));
    for (const keeps of [true, false])
      for (const order of [tries, outerFirst, [...outerFirst].reverse()]) {
        const made = arrange(order, stepsOf, keeps, room);
        if (best === null || made.cost < best.cost) best = made;
        yield;
      }
  }
  return best!;
}

/** The same directions in the same order, evenly around. */
function spread(angles: ReadonlyMap<Try, number>): Map<Try, number> {
  const sorted = [...angles].sort(([, one], [, other]) => one - other);
  return new Map(sorted.map(([one], at) => [one, sorted[0][1] + (2 * Math.PI * at) / sorted.length]));
}

/** The best free place for each in turn. `keeps`: first of all where it is now. */
function arrange(
  order: readonly Try[],
  stepsOf: ReadonlyMap<Try, readonly Step[]>,
  keeps: boolean,
  room: Room,
): Arrangement {
  const placed: Callout[] = [];
  let cost = 0;
  const put = ({ spot, made }: Try, all: readonly Step[], most: number): boolean => {
    for (const step of all) {
      const box = boxAt(spot, step, made.box);
      if (!isFree(box, placed, room)) continue;
      const leader = leaderTo(box, spot);
      if (most < OVER_NAMES && tangle(leader, box, placed, room) > most) continue;
      placed.push({ ...made, right: step.right, down: step.down, box, leader });
      cost += step.cost;
      return true;
    }
    return false;
  };
  let left = order;
  const last = room.scene.view.width < NARROW ? OVER_LINES : OVER_NAMES;
  if (keeps) left = left.filter((one) => one.before === undefined || !put(one, [stay(one.before)], last));
  // Lines may cross each other, and even names, where a token would have no name else.
  for (let most = FREE; most <= last; most++) {
    left = left.filter((one) => !put(one, stepsOf.get(one)!, most));
    cost += (most === last ? LEFT_OUT_COST : TANGLED_COST) * left.length;
  }
  return { placed, cost };
}

function isFree(box: Box, placed: readonly Callout[], { scene, boxes, dots }: Room): boolean {
  const room = padded(box);
  if (!isWithin(room, scene.view) || !boxes.isFree(room) || !dots.isFree(box)) return false;
  return !placed.some((other) => overlap(room, padded(other.box)));
}

/** What a line goes over, or what lines go over its label. */
const FREE = 0;
const OVER_LINES = 1;
const OVER_NAMES = 2;

function tangle(leader: Segment, box: Box, placed: readonly Callout[], { names }: Room): number {
  const isOver = (other: Callout) => passes(leader, other.box) || passes(other.leader, box);
  if (placed.some(isOver) || names.some((name) => passes(leader, name))) return OVER_NAMES;
  return placed.some((other) => crosses(leader, other.leader)) ? OVER_LINES : FREE;
}

/** The best first: near the point, and away from the middle of all points. */
function steps({ made: { box }, spot: { radius } }: Try, outwards: number): Step[] {
  const all: Step[] = [];
  for (const gap of GAPS)
    for (let i = 0; i < N_DIRECTIONS; i++) {
      const angle = (2 * Math.PI * i) / N_DIRECTIONS;
      const turn = Math.abs(Math.atan2(Math.sin(angle - outwards), Math.cos(angle - outwards)));
      const [x, y] = [Math.cos(angle), Math.sin(angle)];
      // A label at the right begins where its line ends, also one above or below at the right.
      const beside = Math.min(Math.max(2.2 * x, -1), 1);
      const right = x * (radius + gap) + (beside * box.width) / 2;
      const down = y * (radius + gap) + (y * box.height) / 2;
      all.push({ right, down, cost: gap + TURN_COST * turn });
    }
  return all.sort((a, b) => a.cost - b.cost);
}

/** Where the label is now. */
function stay({ right, down, leader }: Callout): Step {
  return { right, down, cost: lengthOf(leader) - STAY };
}

/** Where a label is; at whole pixels, so that its letters keep their shapes. */
export function boxAt(
  spot: { x: number; y: number },
  { right, down }: Omit<Step, "cost">,
  { width, height }: Size,
): Box {
  return centered(Math.round(spot.x + right), Math.round(spot.y + down), width, height);
}

/** From the rim of a point to the nearest place of a box. */
export function leaderTo(box: Box, { x, y, radius }: { x: number; y: number; radius: number }): Segment {
  const x2 = Math.min(Math.max(x, box.x), box.x + box.width);
  const y2 = Math.min(Math.max(y, box.y), box.y + box.height);
  const length = Math.hypot(x2 - x, y2 - y);
  const part = length > radius ? radius / length : 1;
  return { x1: x + (x2 - x) * part, y1: y + (y2 - y) * part, x2, y2 };
}

export function lengthOf({ x1, y1, x2, y2 }: Segment): number {
  return Math.hypot(x2 - x1, y2 - y1);
}

/** Whether two segments have a point in common; segments along one line do not count. */
function crosses(a: Segment, b: Segment): boolean {
  const side = (s: Segment, x: number, y: number) => Math.sign((s.x2 - s.x1) * (y - s.y1) - (s.y2 - s.y1) * (x - s.x1));
  return side(a, b.x1, b.y1) * side(a, b.x2, b.y2) < 0 && side(b, a.x1, a.y1) * side(b, a.x2, a.y2) < 0;
}

/** Whether a segment goes over a box. */
function passes(segment: Segment, { x, y, width, height }: Box): boolean {
  const { x1, y1, x2, y2 } = segment;
  if (Math.max(x1, x2) < x || Math.min(x1, x2) > x + width) return false;
  if (Math.max(y1, y2) < y || Math.min(y1, y2) > y + height) return false;
  const isIn = x1 >= x && x1 <= x + width && y1 >= y && y1 <= y + height;
  const falling = { x1: x, y1: y, x2: x + width, y2: y + height };
  const rising = { x1: x, y1: y + height, x2: x + width, y2: y };
  return isIn || crosses(segment, falling) || crosses(segment, rising);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
