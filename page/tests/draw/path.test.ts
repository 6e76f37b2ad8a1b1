import { expect, test } from "vitest";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { drawPath, pathBadges, pathStops } from "../../src/draw/path";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { cloudOf, randomCloud, recorder, THEME } from "./helpers";

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

test("a point that is visited again has one badge with all its numbers, at most three of them", () => {
  const stops = Array.from({ length: 6 }, () => ({ x: 10, y: 10, radius: 3 }));
  const badges = (path: number[]) => pathBadges(path, stops).map(({ text }) => text);
  expect(badges([5, 8, 5])).toEqual(["1·3", "2"]);
  expect(badges([5, 5, 5, 5, 8])).toEqual(["1·2·3…", "5"]);
  expect(pathBadges([5], [null])).toEqual([]);
});

test("a path through more than 80 points has a line without numbers", () => {
  const cloud = randomCloud(81);
  const path = Array.from({ length: 81 }, (_, id) => id);
  const badges = (length: number) =>
    pathBadges(path.slice(0, length), pathStops(path.slice(0, length), cloud, VIEW, cloud.sizing(VIEW)));
  expect(badges(80)).toHaveLength(80);
  expect(badges(81)).toHaveLength(0);
});

test("the line goes from rim to rim, becomes stronger, and leaves out stops that are not drawn", () => {
  const { context, calls } = recorder();
  const stop = (x: number) => ({ x, y: 100, radius: 5 });
  drawPath(context, THEME, [stop(0), stop(100), null, stop(200), stop(300)], []);
  const legs = calls.filter(({ name }) => name === "stroke");
  expect(legs).toHaveLength(2);
  expect(Number(legs[1].state.globalAlpha)).toBeGreaterThan(Number(legs[0].state.globalAlpha));
  expect(calls.find(({ name }) => name === "moveTo")!.args).toEqual([5, 100]);
  expect(calls.find(({ name }) => name === "lineTo")!.args).toEqual([95, 100]);
});
