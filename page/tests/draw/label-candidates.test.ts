import { expect, test } from "vitest";
import { candidates, protectedTokens } from "../../src/draw/label-candidates";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { cloudOf, finish, indexOf, labelScene, randomCloud } from "./helpers";

test("candidates are neighbors, the path, the found as they were found, the selected, the rest by importance", () => {
  const cloud = randomCloud(100);
  const marks = {
    ...NO_MARKS,
    path: [90],
    neighbors: [80, 81],
    selected: Uint32Array.of(70, 71),
    found: Uint32Array.of(60, 50, 55),
  };
  cloud.setMarks(marks, NO_MARKS);
  const scene = labelScene(cloud, { marks });
  const order = finish(candidates(scene, indexOf(cloud, scene.view), new Set()));
  expect(order.slice(0, 10).map(({ id }) => id)).toEqual([80, 81, 90, 60, 50, 55, 70, 71, 0, 1]);
  expect(order.slice(0, 10).map(({ isMarked }) => isMarked)).toEqual([...Array(8).fill(true), false, false]);
});

test("candidates are only tokens in view, and the nearer of two equally important ones comes first in 3-D", () => {
  const cloud = cloudOf([0, 0, -1, 0, 0, 1, 50, 0, 0], 3);
  const scene = labelScene(cloud, { view: createView(FRONT, 800, 600) });
  expect(finish(candidates(scene, indexOf(cloud, scene.view), new Set())).map(({ id }) => id)).toEqual([1, 0]);
});

test("in focus tokens near the chosen one come before more important ones far off", () => {
  const cloud = cloudOf([-0.9, 0, 0.8, 0, 0.9, 0]);
  const order = (marks: typeof NO_MARKS) => {
    cloud.setMarks(marks, NO_MARKS);
    const scene = labelScene(cloud, { marks });
    return finish(candidates(scene, indexOf(cloud, scene.view), new Set())).map(({ id }) => id);
  };
  expect(order(NO_MARKS)).toEqual([0, 1, 2]);
  expect(order({ ...NO_MARKS, isFocus: true, chosen: 2 })).toEqual([1, 2, 0]);
});

test("candidates are at most 10,000, and marked ones are found behind them", () => {
  const cloud = randomCloud(12_000);
  const marks = { ...NO_MARKS, selected: Uint32Array.of(11_999) };
  cloud.setMarks(marks, NO_MARKS);
  const scene = labelScene(cloud, { marks });
  const order = finish(candidates(scene, indexOf(cloud, scene.view), new Set()));
  expect(order).toHaveLength(10_000);
  expect(order[0].id).toBe(11_999);
});

test("a token whose label stays comes before others that are little more important", () => {
  const cloud = randomCloud(1000);
  const scene = labelScene(cloud);
  const order = finish(candidates(scene, indexOf(cloud, scene.view), new Set([20, 900]))).map(({ id }) => id);
  expect(order.indexOf(20)).toBeLessThan(order.indexOf(2));
  expect(order.indexOf(20)).toBeGreaterThanOrEqual(0);
  expect(order.indexOf(900)).toBeGreaterThan(order.indexOf(50));
});

test("labels keep off the dots of neighbors, arrows, the path, the chosen and the hovered token", () => {
  const marks = { ...NO_MARKS, neighbors: [1], arrows: [[2, 3] as const], path: [4], chosen: 5, hovered: 6 };
  expect(protectedTokens(marks)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(protectedTokens(NO_MARKS)).toEqual([]);
});
