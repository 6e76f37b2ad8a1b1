import { describe, expect, test } from "vitest";
import { overlap } from "../../src/draw/boxes";
import { candidates, protectedTokens } from "../../src/draw/label-candidates";
import type { LabelScene } from "../../src/draw/label-placement";
import { Labels } from "../../src/draw/labels";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { createView, type Place } from "../../src/draw/view";
import { FRONT, OBLIQUE, zoom } from "../../src/state/camera";
import {
  cloudOf,
  finish,
  identity,
  indexOf,
  labelScene,
  randomCloud,
  recorder,
  sevenWide,
  tokenTable,
} from "./helpers";

function choose(labels: Labels, scene: LabelScene): void {
  finish(labels.choose(scene, indexOf(scene.cloud, scene.view)));
}

function chosen(scene: LabelScene): Labels {
  const labels = new Labels(sevenWide());
  choose(labels, scene);
  return labels;
}

const idsOf = (labels: Labels) => labels.visible.map(({ id }) => id);

function expectApart(labels: Labels): void {
  const boxes = labels.visible.map(({ box }) => box);
  boxes.forEach((box, i) => boxes.slice(i + 1).forEach((other) => expect(overlap(box, other)).toBe(false)));
}

/** Paint until nothing fades; return what was written. */
function paint(labels: Labels, scene: LabelScene) {
  const { context, calls } = recorder();
  while (labels.draw(context, scene, 50)) calls.length = 0;
  return calls.filter(({ name }) => name === "fillText");
}

describe("choosing", () => {
  test("gives each of a few points its label, none over another", () => {
    const labels = chosen(labelScene(randomCloud(12)));
    expect(idsOf(labels).sort((a, b) => a - b)).toEqual([...identity(12)]);
    expectApart(labels);
  });

  test("prefers important tokens where many points leave no room for all", () => {
    const scene = labelScene(randomCloud(3000, 3), { view: createView(OBLIQUE, 800, 600) });
    const labels = chosen(scene);
    expect(labels.visible.length).toBeGreaterThan(20);
    expect(labels.visible.length).toBeLessThanOrEqual(Math.ceil((800 * 600) / 9000));
    expect(idsOf(labels)).toContain(0);
    expectApart(labels);
    for (const { box } of labels.visible)
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 800 && box.y + box.height <= 600).toBe(true);
  });

  test("leaves the places alone that are taken", () => {
    const cloud = cloudOf([0, 0]);
    const free = chosen(labelScene(cloud)).visible[0].box;
    const moved = chosen(labelScene(cloud, { taken: [free] })).visible[0].box;
    expect(overlap(free, moved)).toBe(false);
    expect(chosen(labelScene(cloud, { taken: [{ x: 0, y: 0, width: 800, height: 600 }] })).visible).toEqual([]);
  });

  test("puts labels on the side where they are on the map and cover no dot", () => {
    const edge = labelScene(cloudOf([0, 0]), { view: createView({ ...FRONT, target: [-1.55, 0, 0] }, 800, 600) });
    expect(chosen(edge).visible[0].box.x).toBeLessThan(770);
    const dots = labelScene(cloudOf([0, 0, 0.1, 0]));
    const [left, right] = chosen(dots).visible.map(({ box }) => box.x + box.width / 2);
    expect(left).toBeLessThan(400 - 10);
    expect(right).toBeGreaterThan(425 + 10);
  });

  test("keeps some labels of a crowded corner for the rest of the map", () => {
    // Where there is room for more than three labels, in a square of 140 pixels.
    const crowd = Array.from({ length: 100 }, (_, i) => [-0.98 + 0.045 * (i % 10), 0.58 - 0.045 * Math.floor(i / 10)]);
    const labels = chosen(labelScene(cloudOf([...crowd.flat(), 0.9, -0.9])));
    expect(idsOf(labels)).toEqual([0, expect.any(Number), expect.any(Number), 100]);
  });

  test("labels nothing that is not drawn", () => {
    const cloud = randomCloud(200);
    const marks = { ...NO_MARKS, selected: Uint32Array.of(7, 8), isolated: true };
    cloud.setMarks(marks, NO_MARKS);
    expect(new Set(idsOf(chosen(labelScene(cloud, { marks }))))).toEqual(new Set([7, 8]));
  });

  test("always labels the chosen and the hovered token, bold, the chosen one in the color of its mark", () => {
    const cloud = randomCloud(5000);
    const marks = { ...NO_MARKS, chosen: 4999, hovered: 4998 };
    const scene = labelScene(cloud, { marks });
    const labels = chosen(scene);
    expect(idsOf(labels).slice(0, 2)).toEqual([4999, 4998]);
    expect(labels.visible.length).toBeGreaterThan(20);
    expectApart(labels);
    const written = paint(labels, scene);
    const of = (text: string) => written.find(({ args }) => args[0] === text)!.state;
    expect(of("t4999")).toMatchObject({ fillStyle: "accent", font: "700 13px sans-serif" });
    expect(of("t4998")).toMatchObject({ fillStyle: "ink" });
  });
});

describe("candidates", () => {
  test("are the path, neighbors, selected, found, then the rest by importance", () => {
    const cloud = randomCloud(100);
    const marks = {
      ...NO_MARKS,
      path: [90],
      neighbors: [80, 81],
      selected: Uint32Array.of(70, 71),
      found: Uint32Array.of(60),
    };
    cloud.setMarks(marks, NO_MARKS);
    const scene = labelScene(cloud, { marks });
    const order = finish(candidates(scene, indexOf(cloud, scene.view)));
    expect(order.slice(0, 8).map(({ id }) => id)).toEqual([90, 80, 81, 70, 71, 60, 0, 1]);
    expect(order.slice(0, 8).map(({ isMarked }) => isMarked)).toEqual([...Array(6).fill(true), false, false]);
  });

  test("are only tokens in view, and the nearer of two equally important ones comes first in 3-D", () => {
    const cloud = cloudOf([0, 0, -1, 0, 0, 1, 50, 0, 0], 3);
    const scene = labelScene(cloud, { view: createView(FRONT, 800, 600) });
    expect(finish(candidates(scene, indexOf(cloud, scene.view))).map(({ id }) => id)).toEqual([1, 0]);
  });

  test("are at most 10,000, and marked ones are found behind them", () => {
    const cloud = randomCloud(12_000);
    const marks = { ...NO_MARKS, selected: Uint32Array.of(11_999) };
    cloud.setMarks(marks, NO_MARKS);
    const scene = labelScene(cloud, { marks });
    const order = finish(candidates(scene, indexOf(cloud, scene.view)));
    expect(order).toHaveLength(10_000);
    expect(order[0].id).toBe(11_999);
  });

  test("labels keep off the dots of neighbors, the path, the chosen and the hovered token", () => {
    expect(protectedTokens({ ...NO_MARKS, neighbors: [1], path: [2], chosen: 3, hovered: 4 })).toEqual([1, 2, 3, 4]);
    expect(protectedTokens(NO_MARKS)).toEqual([]);
  });
});

describe("following", () => {
  test("moves labels with their points", () => {
    const cloud = cloudOf([0, 0]);
    const scene = labelScene(cloud);
    const labels = chosen(scene);
    const before = labels.visible[0].box;
    const panned = createView({ ...FRONT, target: [-0.25, 0, 0] }, 800, 600);
    labels.follow(labelScene(cloud, { view: panned }));
    const spot: Place[] = [scene.view, panned].map((view) => {
      const place = { x: 0, y: 0, depth: 0 };
      cloud.project(0, view, place);
      return place;
    });
    expect(spot[1].x).toBeGreaterThan(spot[0].x + 20);
    expect(Math.abs(labels.visible[0].box.x - before.x - (spot[1].x - spot[0].x))).toBeLessThanOrEqual(1);
  });

  test("hides labels that would cover more important ones, and shows them again", () => {
    const cloud = randomCloud(40);
    const scene = labelScene(cloud);
    const labels = chosen(scene);
    const all = labels.visible.length;
    labels.follow(labelScene(cloud, { view: createView(zoom(FRONT, 6, 400, 300, 800, 600), 800, 600) }));
    expect(labels.visible.length).toBeLessThan(all);
    expectApart(labels);
    labels.follow(scene);
    expect(labels.visible.length).toBe(all);
  });

  test("hides labels of points that are drawn no more", () => {
    const cloud = randomCloud(10);
    const labels = chosen(labelScene(cloud));
    const marks = { ...NO_MARKS, selected: Uint32Array.of(3), isolated: true };
    cloud.setMarks(marks, NO_MARKS);
    labels.follow(labelScene(cloud, { marks }));
    expect(idsOf(labels)).toEqual([3]);
  });

  test("labels a token as soon as it is hovered", () => {
    const cloud = randomCloud(5000);
    const labels = chosen(labelScene(cloud));
    labels.follow(labelScene(cloud, { marks: { ...NO_MARKS, hovered: 4000 } }));
    expect(idsOf(labels)[0]).toBe(4000);
  });
});

describe("drawing", () => {
  test("fades labels in, and out when others take their place", () => {
    const cloud = cloudOf([0, 0]);
    const scene = labelScene(cloud);
    const labels = chosen(scene);
    const { context, calls } = recorder();
    expect(labels.draw(context, scene, 40)).toBe(true);
    expect(calls.at(-1)!.state.globalAlpha).toBeCloseTo(0.25);
    expect(labels.draw(context, scene, 1000)).toBe(false);
    choose(labels, labelScene(cloud, { taken: [{ x: 0, y: 0, width: 800, height: 600 }] }));
    labels.follow(scene);
    expect(labels.visible).toEqual([]);
    expect(labels.draw(context, scene, 40)).toBe(true);
    expect(calls.at(-1)!.state.globalAlpha).toBeCloseTo(0.75);
    expect(labels.draw(context, scene, 1000)).toBe(false);
    calls.length = 0;
    labels.draw(context, scene, 40);
    expect(calls).toEqual([]);
  });

  test("a label that is chosen again does not fade in again", () => {
    const scene = labelScene(cloudOf([0, 0]));
    const labels = chosen(scene);
    paint(labels, scene);
    choose(labels, scene);
    expect(labels.draw(recorder().context, scene, 0)).toBe(false);
  });

  test("unmarked labels are faint beside marked ones, and labels at the back are weaker", () => {
    const cloud = cloudOf([0.5, 0.5, 1, -0.5, -0.5, -1], 3);
    const scene = labelScene(cloud);
    const [front, back] = paint(chosen(scene), scene).map(({ state }) => Number(state.globalAlpha));
    expect(front).toBeGreaterThan(back);
    const marks = { ...NO_MARKS, selected: Uint32Array.of(0) };
    cloud.setMarks(marks, NO_MARKS);
    const marked = labelScene(cloud, { marks });
    const colors = paint(chosen(marked), marked).map(({ args, state }) => [args[0], state.fillStyle]);
    expect(colors).toEqual([
      ["t0", "ink"],
      ["t1", "faint"],
    ]);
  });

  test("nothing is left after clearing", () => {
    const scene = labelScene(randomCloud(20), { clusters: [{ text: "c", ids: Uint32Array.of(1), color: [1, 2, 3] }] });
    const labels = chosen(scene);
    labels.clear();
    expect(labels.visible).toEqual([]);
    expect(paint(labels, scene)).toEqual([]);
  });
});

describe("the names of clusters", () => {
  const cloud = randomCloud(400);
  const ids = Uint32Array.from(identity(400).filter((id) => cloud.at(cloud.order.slotOf[id], 0) < -0.3));
  const clusters = [{ text: "left", ids, color: [1, 2, 3] as const }];

  test("are written in their color at the middle of their tokens, and no label covers them", () => {
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

  test("are left out where the name of another has the place already", () => {
    const scene = labelScene(cloud, { clusters: [...clusters, { ...clusters[0], text: "second" }] });
    const names = paint(chosen(scene), scene).filter(({ state }) => String(state.font).startsWith("700 17px"));
    expect(names.map(({ args }) => args[0])).toEqual(["left"]);
  });

  test("are there only where nearly all points are in view", () => {
    const near = createView(zoom(FRONT, 0.3, 200, 300, 800, 600), 800, 600);
    const scene = labelScene(cloud, { clusters, view: near });
    expect(paint(chosen(scene), scene).filter(({ args }) => args[0] === "left")).toEqual([]);
  });

  test("give way to names of axes while they follow their points", () => {
    const scene = labelScene(cloud, { clusters });
    const labels = chosen(scene);
    paint(labels, scene);
    labels.follow(labelScene(cloud, { clusters, taken: [{ x: 0, y: 0, width: 800, height: 600 }] }));
    expect(paint(labels, scene).filter(({ args }) => args[0] === "left")).toEqual([]);
  });
});

test("labels show the tokens' names", () => {
  const scene = labelScene(cloudOf([0.5, 0.5, -0.5, -0.5]), { tokens: tokenTable(["고양이", " "]) });
  expect(chosen(scene).visible.map(({ text }) => text)).toEqual(["고양이", "␣"]);
});
