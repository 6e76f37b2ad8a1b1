import { describe, expect, test } from "vitest";
import { overlap } from "../../src/draw/boxes";
import { calledOut } from "../../src/draw/callouts";
import type { Marks } from "../../src/draw/map";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { choose, chosen, cloudOf, labelScene, paint, randomCloud, recorder, tokenTable } from "./helpers";

const near = Array.from({ length: 10 }, (_, at) => at + 1);
const FOCUS: Marks = {
  ...NO_MARKS,
  chosen: 0,
  isFocus: true,
  neighbors: near,
  similarities: near.map((id) => `0.${99 - id}`),
};

/** Eleven points so near to each other that their discs touch, and many others all around. */
function crowd(view = createView(FRONT, 800, 600)) {
  const others = randomCloud(300).placesById();
  const points = [...others].filter((_, i) => i % 3 < 2);
  for (let id = 0; id < 11; id++) points.splice(2 * id, 2, 0.1 + 0.04 * (id % 4), 0.1 + 0.04 * Math.floor(id / 4));
  const cloud = cloudOf(points);
  cloud.setMarks(FOCUS, NO_MARKS);
  return labelScene(cloud, { marks: FOCUS, view });
}

test("what is called out are the ends of arrows and the named neighbors, each once, without the chosen token", () => {
  const wanted = calledOut({
    ...NO_MARKS,
    chosen: 9,
    neighbors: [4, 5, 6],
    similarities: ["0.9", "0.8"],
    arrows: [
      [5, 9],
      [7, 8],
    ],
  });
  expect(wanted.map(({ id, note }) => [id, note])).toEqual([
    [5, "0.8"],
    [7, ""],
    [8, ""],
    [4, "0.9"],
  ]);
});

describe("neighbors of a chosen token", () => {
  test("on a narrow map have no line that goes over a name; some have no name", () => {
    const tokens = tokenTable(Array.from({ length: 300 }, (_, id) => `a longer name ${id}`));
    const scene = { ...crowd(createView(FRONT, 390, 260)), tokens };
    const labels = chosen(scene);
    paint(labels, scene);
    const { context, calls } = recorder();
    labels.draw(context, scene, 0);
    const named = labels.visible.filter(({ note }) => note !== "");
    expect(named.length).toBeGreaterThan(4);
    const lines = calls.flatMap(({ name, state }, at) =>
      name === "stroke" && state.strokeStyle === "faint"
        ? [calls.slice(0, at).filter((c) => c.name.endsWith("To")).slice(-2)] // prettier-ignore
        : [],
    );
    expect(lines.length).toBeGreaterThan(0);
    for (const [{ args: from }, { args: to }] of lines as unknown as { args: number[] }[][])
      for (const { box } of named)
        for (let part = 0.02; part < 0.98; part += 0.02) {
          const [x, y] = [0, 1].map((axis) => from[axis] + part * (to[axis] - from[axis]));
          const isOver = x > box.x + 1 && x < box.x + box.width - 1 && y > box.y + 1 && y < box.y + box.height - 1;
          expect(isOver).toBe(false);
        }
  });

  test("are all named with their similarities where their points are crowded, none over another", () => {
    const labels = chosen(crowd());
    const named = labels.visible.filter(({ note }) => note !== "");
    expect(named.map(({ id, note }) => [id, note])).toEqual(near.map((id) => [id, `0.${99 - id}`]));
    const boxes = labels.visible.map(({ box }) => box);
    boxes.forEach((box, i) => boxes.slice(i + 1).forEach((other) => expect(overlap(box, other)).toBe(false)));
  });

  test("have a thin line to their points where their names stand off, and no line crosses another", () => {
    const scene = crowd();
    const labels = chosen(scene);
    paint(labels, scene);
    const { context, calls } = recorder();
    labels.draw(context, scene, 0);
    const lines = calls.flatMap(({ name, state }, at) =>
      name === "stroke" && state.strokeStyle === "faint"
        ? [
            calls
              .slice(0, at)
              .filter((c) => c.name.endsWith("To"))
              .slice(-2),
          ]
        : [],
    );
    expect(lines.length).toBeGreaterThan(4);
    const ends = lines.map(([from, to]) => [...from.args, ...to.args] as number[]);
    const side = ([x1, y1, x2, y2]: number[], x: number, y: number) =>
      Math.sign((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1));
    for (const a of ends)
      for (const b of ends) {
        const isCrossing =
          side(a, b[0], b[1]) * side(a, b[2], b[3]) < 0 && side(b, a[0], a[1]) * side(b, a[2], a[3]) < 0;
        expect(isCrossing).toBe(false);
      }
  });

  test("keep their names beside their points while the map moves, and fade when another token is chosen", () => {
    const scene = crowd();
    const labels = chosen(scene);
    const before = new Map(labels.visible.map(({ id, box }) => [id, box.x]));
    const panned = labelScene(scene.cloud, {
      marks: FOCUS,
      view: createView({ ...FRONT, target: [-0.05, 0, 0] }, 800, 600),
    });
    labels.follow(panned);
    for (const { id, note, box } of labels.visible) if (note !== "") expect(box.x).toBeGreaterThan(before.get(id)! + 5);
    labels.follow(labelScene(scene.cloud, { marks: { ...FOCUS, chosen: 40, neighbors: [], similarities: [] } }));
    expect(labels.visible.filter(({ note }) => note !== "")).toEqual([]);
  });

  test("stay while their similarities change from moment to moment, and say what they are then", () => {
    const scene = crowd();
    const labels = chosen(scene);
    paint(labels, scene);
    const later = { ...scene, marks: { ...FOCUS, similarities: near.map(() => "0.50") } };
    labels.follow(later);
    expect(labels.visible.filter(({ note }) => note).map(({ note }) => note)).toEqual(near.map(() => "0.50"));
    choose(labels, later);
    const { context, calls } = recorder();
    labels.draw(context, later, 0);
    const alphas = calls.filter(({ name, args }) => name === "fillText" && args[0] === "0.50");
    expect(alphas.map(({ state }) => state.globalAlpha)).toEqual(near.map(() => 1));
  });

  test("are found where their names are", () => {
    const labels = chosen(crowd());
    for (const { id, note, box } of labels.visible) if (note !== "") expect(labels.at(box.x + 2, box.y + 2)).toBe(id);
    expect(labels.at(-5, -5)).toBeNull();
  });

  test("stay where they are when the labels are chosen again for the same view", () => {
    const scene = crowd();
    const labels = chosen(scene);
    const places = () => labels.visible.filter(({ note }) => note !== "").map(({ id, box }) => [id, box.x, box.y]);
    const before = places();
    choose(labels, scene);
    expect(places()).toEqual(before);
  });

  test("are not named where they are not drawn or out of view", () => {
    const cloud = cloudOf([0, 0, 0.2, 0.2, 40, 0, 0.4, -0.2]);
    const marks = {
      ...FOCUS,
      neighbors: [1, 2, 3],
      similarities: ["0.9", "0.8", "0.7"],
      selected: Uint32Array.of(0, 3),
      isolated: true,
    };
    cloud.setMarks(marks, NO_MARKS);
    const named = (scene: ReturnType<typeof labelScene>) => chosen(scene).visible.flatMap(({ note }) => note || []);
    expect(named(labelScene(cloud, { marks }))).toEqual(["0.7"]);
    const all = { ...marks, isolated: false };
    cloud.setMarks(all, marks);
    expect(named(labelScene(cloud, { marks: all }))).toEqual(["0.9", "0.7"]);
  });
});

test("labels outside of the focus are faint", () => {
  const scene = crowd();
  const labels = chosen(scene);
  const written = paint(labels, scene);
  const other = labels.visible.find(({ id }) => id > 10)!;
  expect(written.find(({ args }) => args[0] === other.text)!.state).toMatchObject({ fillStyle: "faint" });
  expect(Number(written.find(({ args }) => args[0] === other.text)!.state.globalAlpha)).toBeLessThan(0.5);
  expect(written.find(({ args }) => args[0] === "t1")!.state).toMatchObject({ fillStyle: "ink", globalAlpha: 1 });
  expect(written.find(({ args }) => args[0] === "t0")!.state).toMatchObject({ fillStyle: "accent", globalAlpha: 1 });
});
