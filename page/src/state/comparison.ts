/** Two tables that are compared: how they are shown, how the address holds that, and what lists say of them. */
import type { Manifest, Neighbor } from "../data/source";
import type { LetterScript } from "../data/scripts";
import { cameraFrom, cameraText } from "./camera-text";
import type { State } from "./state";

/** A map of each table, or one map of both. */
export const MAP_LAYOUTS = ["beside", "one"] as const;
export type MapLayout = (typeof MAP_LAYOUTS)[number];
/** Whose ways are drawn on one map: of the tokens that moved most, the selected ones, or the chosen one with neighbors. */
export const LINES = ["moved", "selected", "chosen", "none"] as const;
export type Lines = (typeof LINES)[number];

export type ComparisonState = Pick<State, "mapLayout" | "linked" | "firstCamera" | "lines" | "movedScript">;

export const START_OF_COMPARISON: ComparisonState = {
  mapLayout: "beside",
  linked: true,
  firstCamera: null,
  lines: "moved",
  movedScript: null,
};

/** So many lines can still be told apart. */
export const MAX_LINES = 100;

/** What the address holds of these; nothing that is as at the start. */
export function comparisonEntries(state: ComparisonState): [string, string][] {
  const { mapLayout, linked, firstCamera, lines, movedScript } = state;
  const start = START_OF_COMPARISON;
  const entries: [string, string][] = [];
  if (mapLayout !== start.mapLayout) entries.push(["maps", mapLayout]);
  if (!linked) entries.push(["linked", "0"]);
  if (firstCamera !== null) entries.push(["firstCamera", cameraText(firstCamera)]);
  if (lines !== start.lines) entries.push(["lines", lines]);
  if (movedScript !== null) entries.push(["movedScript", movedScript]);
  return entries;
}

/** Read them back; what is not allowed here is ignored. Two maps always show both tables: the moment is the last. */
export function comparisonFrom(
  parts: URLSearchParams,
  manifest: Manifest,
  scripts: readonly LetterScript[],
): ComparisonState & { readonly moment?: number } {
  if (!manifest.comparison) return START_OF_COMPARISON;
  const one = <T extends string>(key: string, allowed: readonly T[], normal: T): T =>
    allowed.find((value) => value === parts.get(key)) ?? normal;
  const mapLayout = one("maps", MAP_LAYOUTS, START_OF_COMPARISON.mapLayout);
  return {
    mapLayout,
    linked: parts.get("linked") !== "0",
    firstCamera: cameraFrom(parts.get("firstCamera")),
    lines: one("lines", LINES, START_OF_COMPARISON.lines),
    movedScript: scripts.find((script) => script === parts.get("movedScript")) ?? null,
    ...(mapLayout === "beside" && { moment: 1 }),
  };
}

/** What is known of each token. */
export interface Compared {
  /** NaN: the token is in one table alone, or has no direction in one. */
  readonly movement: Float32Array;
  readonly cosine: Float32Array;
  /** What a movement has to exceed. */
  readonly noise: Float32Array;
  readonly where: Uint16Array;
  /** In the first table and in the second; null where these are not counted. */
  readonly counts: readonly [Float32Array | null, Float32Array | null];
}

/** The tables that a token is in. */
export interface Presence {
  readonly first: boolean;
  readonly second: boolean;
}

export function presence({ where }: Pick<Compared, "where">, id: number): Presence {
  return { first: where[id] !== 3, second: where[id] !== 2 };
}

/** The ids of the tokens that moved beyond noise, those that moved most first. */
export function movedFirst(
  { movement, noise }: Pick<Compared, "movement" | "noise">,
  accepts: (id: number) => boolean,
): Uint32Array {
  const ids: number[] = [];
  for (let id = 0; id < movement.length; id++) if (movement[id] > noise[id] && accepts(id)) ids.push(id);
  return Uint32Array.from(ids).sort((a, b) => movement[b] - movement[a] || a - b);
}

export type Change = "left" | "joined" | "stayed";

/** What became of each neighbor: of the first table it stayed or left, of the second it stayed or joined. */
export function changes(
  before: readonly Neighbor[],
  after: readonly Neighbor[],
): readonly [before: readonly Change[], after: readonly Change[]] {
  const [old, now] = [before, after].map((list) => new Set(list.map(({ id }) => id)));
  return [
    before.map(({ id }) => (now.has(id) ? "stayed" : "left")),
    after.map(({ id }) => (old.has(id) ? "stayed" : "joined")),
  ];
}
