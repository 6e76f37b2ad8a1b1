import { describe, expect, test } from "vitest";
import { overlap } from "../../src/draw/boxes";
import type { Labels } from "../../src/draw/labels";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { createView, type Place } from "../../src/draw/view";
import { FRONT, OBLIQUE, zoom } from "../../src/state/camera";
import { choose, chosen, cloudOf, identity, labelScene, paint, randomCloud, recorder, tokenTable } from "./helpers";

const idsOf = (labels: Labels) => labels.visible.map(({ id }) => id);

function expectApart(labels: Labels): void {
  const boxes = labels.visible.map(({ box }) => box);
  boxes.forEach((box, i) => boxes.slice(i + 1).forEach((other) => expect(overlap(box, other)).toBe(false)));
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

  test("while points follow a table in training, labels stay, on their side", () => {
    const start = cloudOf([0.9, 0, 0, 0.5, 0, -0.5]);
    const view = createView(FRONT, 200, 400);
    const labels = chosen(labelScene(start, { view, isFollowing: true }));
    const [side] = labels.visible.filter(({ id }) => id === 0).map(({ box }) => Math.sign(box.x - 100));
    const moved = cloudOf([0.4, 0, 0, 0.5, 0, -0.5]);
    const boxAfter = (isFollowing: boolean) => {
      const again = chosen(labelScene(start, { view }));
      choose(again, labelScene(moved, { view, isFollowing }));
      return again.visible.find(({ id }) => id === 0)!.box.x;
    };
    expect(side).toBeDefined();
    expect(boxAfter(true)).toBeLessThan(boxAfter(false));
  });

  test("and one that was in the way of another does not come back by itself", () => {
    const view = createView(FRONT, 400, 400);
    const [apart, together] = [cloudOf([0, 0.5, 0, -0.5]), cloudOf([0, 0.02, 0, -0.02])];
    for (const isFollowing of [true, false]) {
      const labels = chosen(labelScene(apart, { view }));
      for (const cloud of [apart, together]) labels.follow(labelScene(cloud, { view, isFollowing }));
      expect(idsOf(labels)).toEqual([0]);
      labels.follow(labelScene(apart, { view, isFollowing }));
      expect(idsOf(labels)).toEqual(isFollowing ? [0] : [0, 1]);
    }
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

test("labels show the tokens' names", () => {
  const scene = labelScene(cloudOf([0.5, 0.5, -0.5, -0.5]), { tokens: tokenTable(["고양이", " "]) });
  expect(chosen(scene).visible.map(({ text }) => text)).toEqual(["고양이", "␣"]);
});
