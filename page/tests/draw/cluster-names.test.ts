import { expect, test } from "vitest";
import { overlap } from "../../src/draw/boxes";
import { createView, type Place } from "../../src/draw/view";
import { FRONT, zoom } from "../../src/state/camera";
import { chosen, cloudOf, identity, labelScene, paint, randomCloud } from "./helpers";

const cloud = randomCloud(400);
const ids = Uint32Array.from(identity(400).filter((id) => cloud.at(cloud.order.slotOf[id], 0) < -0.3));
const clusters = [{ text: "left", ids, color: [1, 2, 3] as const }];

test("names of clusters are written in their color at the middle of their tokens, and no label covers them", () => {
  const scene = labelScene(cloud, { clusters });
  const labels = chosen(scene);
  const [name] = paint(labels, scene).filter(({ args }) => args[0] === "left");
  expect(name.state).toMatchObject({ fillStyle: "rgb(1,2,3)", font: "700 17px sans-serif" });
  const [x, y] = [Number(name.args[1]) + 14, Number(name.args[2])];
  const box = { x: x - 19, y: y - 12, width: 38, height: 24 };
  for (const label of labels.visible) expect(overlap(label.box, box)).toBe(false);
  const sorted = (axis: number) =>
    [...ids].map((id) => cloud.at(cloud.order.slotOf[id], axis)).sort((a, b) => a - b)[ids.length >> 1];
  const middle = cloudOf([sorted(0), sorted(1)]);
  const spot: Place = { x: 0, y: 0, depth: 0 };
  middle.project(0, scene.view, spot);
  expect(Math.abs(spot.x - x)).toBeLessThan(2);
  expect(Math.abs(spot.y - y)).toBeLessThan(2);
});

test("names of clusters are left out where the name of another has the place already", () => {
  const scene = labelScene(cloud, { clusters: [...clusters, { ...clusters[0], text: "second" }] });
  const names = paint(chosen(scene), scene).filter(({ state }) => String(state.font).startsWith("700 17px"));
  expect(names.map(({ args }) => args[0])).toEqual(["left"]);
});

test("names of clusters are there only where nearly all points are in view", () => {
  const near = createView(zoom(FRONT, 0.3, 200, 300, 800, 600), 800, 600);
  const scene = labelScene(cloud, { clusters, view: near });
  expect(paint(chosen(scene), scene).filter(({ args }) => args[0] === "left")).toEqual([]);
});

test("names of clusters give way to names of axes while they follow their points", () => {
  const scene = labelScene(cloud, { clusters });
  const labels = chosen(scene);
  paint(labels, scene);
  labels.follow(labelScene(cloud, { clusters, taken: [{ x: 0, y: 0, width: 800, height: 600 }] }));
  expect(paint(labels, scene).filter(({ args }) => args[0] === "left")).toEqual([]);
});
