import { expect, test } from "vitest";
import { overlap } from "../../src/draw/boxes";
import { NO_MARKS } from "../../src/draw/mark-kinds";
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

test("in focus no cluster is named, also while the names are still there", () => {
  const scene = labelScene(cloud, { clusters });
  const labels = chosen(scene);
  paint(labels, scene);
  const marks = { ...NO_MARKS, isFocus: true, chosen: 1 };
  labels.follow(labelScene(cloud, { clusters, marks }));
  expect(paint(labels, scene).filter(({ args }) => args[0] === "left")).toEqual([]);
  const focus = labelScene(cloud, { clusters, marks });
  expect(paint(chosen(focus), focus).filter(({ args }) => args[0] === "left")).toEqual([]);
});

test("in isolation a cluster is named at the middle of what is drawn of it, and not where too little is", () => {
  const own = randomCloud(400);
  const named = (selected: Uint32Array) => {
    const marks = { ...NO_MARKS, selected, isolated: true };
    own.setMarks(marks, NO_MARKS);
    const scene = labelScene(own, { clusters, marks });
    return paint(chosen(scene), scene).filter(({ args }) => args[0] === "left");
  };
  const right = identity(400).filter((id) => !ids.includes(id));
  expect(named(right)).toEqual([]);
  expect(named(Uint32Array.from([ids[0], ids[1], ...right]).sort())).toEqual([]);
  const low = ids.filter((id) => own.at(own.order.slotOf[id], 1) < -0.5);
  const [name] = named(Uint32Array.from([...low, ...right]).sort());
  expect(Number(name.args[2])).toBeGreaterThan(400);
});

test("names of clusters give way to labels of what is found", () => {
  const found = ids.filter((id) => {
    const slot = cloud.order.slotOf[id];
    return Math.hypot(cloud.at(slot, 0) + 0.62, cloud.at(slot, 1)) < 0.12;
  });
  const marks = { ...NO_MARKS, found };
  cloud.setMarks(marks, NO_MARKS);
  const scene = labelScene(cloud, { clusters, marks });
  const labels = chosen(scene);
  expect(labels.visible.map(({ id }) => id)).toContain(found[0]);
  labels.follow(scene);
  expect(labels.visible.map(({ id }) => id)).toContain(found[0]);
  cloud.setMarks(NO_MARKS, marks);
});

test("names of clusters give way to names of axes to names of axes while they follow their points", () => {
  const scene = labelScene(cloud, { clusters });
  const labels = chosen(scene);
  paint(labels, scene);
  labels.follow(labelScene(cloud, { clusters, taken: [{ x: 0, y: 0, width: 800, height: 600 }] }));
  expect(paint(labels, scene).filter(({ args }) => args[0] === "left")).toEqual([]);
});
