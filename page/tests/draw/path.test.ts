import { expect, test } from "vitest";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { drawPath, pathBadges, pathStops } from "../../src/draw/path";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { cloudOf, recorder, THEME } from "./helpers";

const VIEW = createView(FRONT, 800, 800);

test("the path stops at its points, except at those that are not drawn", () => {
  const cloud = cloudOf([0, 0, 0.5, 0, -0.5, 0]);
  const stops = (path: number[]) => pathStops(path, cloud, VIEW, cloud.sizing(VIEW));
  const [first, second] = stops([1, 0]);
  expect(second).toMatchObject({ x: 400, y: 400 });
  expect(first!.x).toBeGreaterThan(420);
  cloud.setMarks({ ...NO_MARKS, selected: Uint32Array.of(0), isolated: true }, NO_MARKS);
  expect(stops([1, 0]).map((stop) => stop === null)).toEqual([true, false]);
});

const apart = (n: number) => Array.from({ length: n }, (_, i) => ({ x: 40 * i, y: 10, radius: 3 }));

test("a point that is visited again has one badge: its first place in the text, and how often it comes", () => {
  const badges = (path: number[]) => pathBadges(path, apart(path.length)).map(({ text }) => text);
  expect(badges([5, 8, 5])).toEqual(["1 ×2", "2"]);
  expect(badges([8, 5, 5, 5, 5, 9])).toEqual(["1", "2 ×4", "6"]);
  expect(pathBadges([5], [null])).toEqual([]);
});

test("badges never cover each other: the earlier one stays", () => {
  const stops = [10, 15, 60].map((x) => ({ x, y: 10, radius: 3 }));
  expect(pathBadges([1, 2, 3], stops).map(({ text }) => text)).toEqual(["1", "3"]);
});

test("a long path has at most forty numbers, spread over all of it", () => {
  const badges = (length: number) =>
    pathBadges(
      Array.from({ length }, (_, id) => id),
      apart(length),
    ).map(({ text }) => text);
  expect(badges(40)).toHaveLength(40);
  const some = badges(200);
  expect(some).toHaveLength(40);
  expect([some[0], some[1], some.at(-1)]).toEqual(["1", "6", "196"]);
});

test("the longer the path, the thinner its line; a leg that is walked again is drawn once", () => {
  const legs = (path: number[]) => {
    const { context, calls } = recorder();
    drawPath(context, THEME, path, apart(path.length), [], 1);
    return calls.filter(({ name }) => name === "stroke").map(({ state }) => state);
  };
  const [short, long] = [8, 400].map((length) => legs(Array.from({ length }, (_, id) => id)));
  expect(Number(long[6].lineWidth)).toBeLessThan(Number(short[6].lineWidth));
  expect(Number(long.at(-1)!.globalAlpha)).toBeLessThan(0.5 * Number(short.at(-1)!.globalAlpha));
  expect(legs([1, 2, 1, 2, 1, 2])).toHaveLength(2);
});

test("the line goes from rim to rim, becomes stronger, and leaves out stops that are not drawn", () => {
  const { context, calls } = recorder();
  const stop = (x: number) => ({ x, y: 100, radius: 5 });
  drawPath(context, THEME, [1, 2, 3, 4, 5], [stop(0), stop(100), null, stop(200), stop(300)], [], 1);
  const legs = calls.filter(({ name }) => name === "stroke");
  expect(legs).toHaveLength(2);
  expect(Number(legs[1].state.globalAlpha)).toBeGreaterThan(Number(legs[0].state.globalAlpha));
  expect(calls.find(({ name }) => name === "moveTo")!.args).toEqual([5, 100]);
  expect(calls.find(({ name }) => name === "lineTo")!.args).toEqual([95, 100]);
});
