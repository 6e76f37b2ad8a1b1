/** The moments of a timeline: which is shown, how they play, and how the address holds that. */
import type { AxesOf, Dims, Manifest, MomentInfo } from "../data/source";
import type { State } from "./state";

export const SPEEDS = [0.5, 1, 2, 4] as const;
export type Speed = (typeof SPEEDS)[number];
/** Whose ways through all moments are drawn. */
export const TRAILS = ["none", "chosen", "neighbors"] as const;
export type Trails = (typeof TRAILS)[number];
/** Since when tokens have moved: the moment before, or the first one. */
export const SINCE = ["previous", "first"] as const;
export type Since = (typeof SINCE)[number];

/** Moments that pass in a second at speed 1. */
export const MOMENTS_PER_S = 2;
/** In a loop the last moment stays for so many more. */
const REST = 3;

export type TimelineState = Pick<
  State,
  "moment" | "playing" | "speed" | "loop" | "compared" | "trails" | "since" | "directions" | "axesOf"
>;
type SharedTimeline = Omit<TimelineState, "playing">;

/** The moments of a table; none where nothing can be played, as of two tables that are compared. */
export function momentsOf({ timeline, comparison }: Pick<Manifest, "timeline" | "comparison">): readonly MomentInfo[] {
  return timeline !== null && timeline.moments.length > 1 && !comparison ? timeline.moments : [];
}

/** The number of the last moment, counted from 0; 0 without a timeline. */
export function lastMoment({ timeline }: Pick<Manifest, "timeline">): number {
  return Math.max(0, (timeline?.moments.length ?? 0) - 1);
}

/** Whether what is asked of the vectors can be asked of any moment. */
export function hasVectorsOfAll(manifest: Pick<Manifest, "timeline" | "hasVectors">): boolean {
  return lastMoment(manifest) > 0 && manifest.hasVectors && manifest.timeline!.hasVectors !== false;
}

/** The part of a question that says which moment it is about; without it, it is about the last. */
export function aboutMoment(
  manifest: Pick<Manifest, "timeline" | "hasVectors">,
  shownMoment: number | null,
): { readonly moment?: number } {
  return shownMoment !== null && hasVectorsOfAll(manifest) ? { moment: shownMoment } : {};
}

/** The state of a page that was just opened: the last moment, at rest. */
export function startOfTimeline(manifest: Manifest): TimelineState {
  return {
    moment: lastMoment(manifest),
    playing: false,
    speed: 1,
    loop: false,
    compared: null,
    trails: "chosen",
    since: "previous",
    directions: true,
    axesOf: "last",
  };
}

/** The next whole moment, or the one before. */
export function neighboring(moment: number, by: 1 | -1, last: number): number {
  return by > 0 ? Math.min(Math.floor(moment) + 1, last) : Math.max(Math.ceil(moment) - 1, 0);
}

/** Where playing stands: past `last` by the rest that a loop makes there. */
export interface Played {
  readonly position: number;
  readonly isOver: boolean;
}

/** Where playing stands after some seconds more. */
export function played(position: number, seconds: number, speed: Speed, loop: boolean, last: number): Played {
  const next = position + seconds * MOMENTS_PER_S * speed;
  if (next < last) return { position: next, isOver: false };
  if (!loop) return { position: last, isOver: true };
  return { position: next < last + REST ? next : 0, isOver: false };
}

/** The entries of the address: one for each value that is not that of the start. */
export function timelineEntries(state: SharedTimeline, start: SharedTimeline): [string, string][] {
  const all: readonly [keyof SharedTimeline, string, string][] = [
    ["moment", "moment", String(Number(state.moment.toFixed(2)))],
    ["speed", "speed", String(state.speed)],
    ["loop", "loop", "1"],
    ["compared", "compared", String(state.compared)],
    ["trails", "trails", state.trails],
    ["since", "since", state.since],
    ["directions", "directions", "0"],
    ["axesOf", "axesOf", state.axesOf],
  ];
  return all.filter(([field]) => state[field] !== start[field]).map(([, key, value]) => [key, value]);
}

/** Read them back; what is not allowed here is ignored. */
export function timelineFrom(parts: URLSearchParams, manifest: Manifest): SharedTimeline {
  const { playing: _, ...start } = startOfTimeline(manifest);
  if (lastMoment(manifest) === 0) return start;
  const one = <T extends string>(key: string, allowed: readonly T[], normal: T): T =>
    allowed.find((value) => value === parts.get(key)) ?? normal;
  const moment = /^\d{1,6}(\.\d{1,2})?$/.test(parts.get("moment") ?? "") ? Number(parts.get("moment")) : start.moment;
  const compared = /^\d{1,10}$/.test(parts.get("compared") ?? "") ? Number(parts.get("compared")) : manifest.nTokens;
  return {
    moment: Math.min(moment, start.moment),
    speed: SPEEDS.find((speed) => String(speed) === parts.get("speed")) ?? start.speed,
    loop: parts.get("loop") === "1",
    compared: compared < manifest.nTokens ? compared : null,
    trails: one("trails", TRAILS, start.trails),
    since: one("since", SINCE, start.since),
    directions: parts.get("directions") !== "0",
    axesOf: one<AxesOf>("axesOf", ["last", "first"], start.axesOf),
  };
}

/** The points of a picture, `dims` numbers a token, one moment after another. */
export interface MomentPoints {
  readonly points: Float32Array;
  readonly dims: Dims;
}

/** Those of one moment; not a copy. */
export function pointsAt({ points, dims }: MomentPoints, moment: number, nTokens: number): Float32Array {
  const size = nTokens * dims;
  const count = Math.floor(points.length / size);
  const first = Math.min(Math.round(moment), count - 1) * size;
  return points.subarray(first, first + size);
}

export interface Movement {
  readonly id: number;
  readonly distance: number;
}

/** The tokens that lie farthest apart in two pictures, the farthest first; those without a place in one are left out. */
export function movedMost(from: Float32Array, to: Float32Array, dims: number, count: number): Movement[] {
  const most: Movement[] = [];
  for (let id = 0, at = 0; at < to.length; id++, at += dims) {
    let square = 0;
    for (let axis = 0; axis < dims; axis++) square += (to[at + axis] - from[at + axis]) ** 2;
    const least = most.length < count ? 0 : most[count - 1].distance;
    const distance = Math.sqrt(square);
    if (!(distance > least)) continue;
    const place = most.findIndex((other) => distance > other.distance);
    most.splice(place < 0 ? most.length : place, 0, { id, distance });
    if (most.length > count) most.pop();
  }
  return most;
}
