import { expect, test } from "vitest";
import type { Manifest } from "../../src/data/source";
import {
  aboutMoment,
  lastMoment,
  momentsOf,
  movedMost,
  neighboring,
  played,
  pointsAt,
  startOfTimeline,
  timelineEntries,
  timelineFrom,
} from "../../src/state/timeline";
import { film } from "../fake-app";

const alone: Manifest = { ...film, timeline: { ...film.timeline!, moments: film.timeline!.moments.slice(0, 1) } };

test("a table, and one moment, have nothing to play", () => {
  expect([momentsOf({ timeline: null, comparison: null }).length, momentsOf(alone).length, lastMoment(alone)]).toEqual([
    0, 0, 0,
  ]);
  expect([momentsOf(film).length, lastMoment(film), startOfTimeline(film).moment]).toEqual([4, 3, 3]);
});

test.each([
  [0, 1, 1],
  [1.4, 1, 2],
  [1.4, -1, 1],
  [2, -1, 1],
  [3, 1, 3],
  [0, -1, 0],
] as const)("from %d a step of %d leads to %d", (moment, by, expected) => {
  expect(neighboring(moment, by, 3)).toBe(expected);
});

test("two moments pass in a second, and the end ends it", () => {
  expect(played(1, 0.5, 1, false, 3)).toEqual({ position: 2, isOver: false });
  expect(played(1, 0.5, 0.5, false, 3)).toEqual({ position: 1.5, isOver: false });
  expect(played(2.9, 0.5, 4, false, 3)).toEqual({ position: 3, isOver: true });
});

test("a loop rests at the end and starts again", () => {
  let position = 2.9;
  const seen = new Set<number>();
  for (let i = 0; i < 40 && !seen.has(0); i++) {
    ({ position } = played(position, 0.1, 1, true, 3));
    seen.add(Math.floor(Math.min(position, 3)));
  }
  expect([...seen]).toEqual([3, 0]);
  expect(position).toBe(0);
});

test("values that are not allowed here are ignored in the address, and moments beyond the last are the last", () => {
  const { playing: _, ...start } = startOfTimeline(film);
  const read = (hash: string, manifest = film) => timelineFrom(new URLSearchParams(hash), manifest);
  expect(read("moment=x&speed=3&loop=2&compared=4&trails=all&since=never&axesOf=middle")).toEqual(start);
  expect(read("moment=99").moment).toBe(3);
  expect(read("moment=1.25&speed=0.5&compared=0")).toMatchObject({ moment: 1.25, speed: 0.5, compared: 0 });
  expect(read("moment=1&speed=2", alone)).toMatchObject({ moment: 0, speed: 1 });
  expect(timelineEntries({ ...start, moment: 1 / 3 }, start)).toEqual([["moment", "0.33"]]);
});

test("questions are about a moment only where its vectors are there", () => {
  expect(aboutMoment(film, 1)).toEqual({ moment: 1 });
  expect(aboutMoment({ ...film, timeline: null }, null)).toEqual({});
  expect(aboutMoment({ ...film, timeline: { ...film.timeline!, hasVectors: false } }, 1)).toEqual({});
});

test("the points of the nearest moment are a part of all, also while there is only one", () => {
  const picture = { points: Float32Array.from({ length: 12 }, (_, i) => i), dims: 2 } as const;
  expect([...pointsAt(picture, 1.4, 2)]).toEqual([4, 5, 6, 7]);
  expect([...pointsAt({ ...picture, points: picture.points.subarray(0, 4) }, 2, 2)]).toEqual([0, 1, 2, 3]);
});

test("what moved most comes first; what stayed or has no place is left out", () => {
  const from = Float32Array.of(0, 0, 1, 1, NaN, NaN, 5, 5, 0, 0);
  const to = Float32Array.of(3, 4, 1, 1, 9, 9, 5, 6, 0, 2);
  expect(movedMost(from, to, 2, 10)).toEqual([
    { id: 0, distance: 5 },
    { id: 4, distance: 2 },
    { id: 3, distance: 1 },
  ]);
  expect(movedMost(from, to, 2, 2).map(({ id }) => id)).toEqual([0, 4]);
  const many = Float32Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
  const expected = [...many.keys()].sort((a, b) => many[b] - many[a]).slice(0, 5);
  expect(movedMost(new Float32Array(1000), many, 1, 5).map(({ id }) => id)).toEqual(expected);
});
