import { expect, test } from "vitest";
import { NO_FITTING } from "../../src/draw/fitting";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { pickToken, tokensInside } from "../../src/draw/picking";
import { createView, type Place } from "../../src/draw/view";
import { Area, box } from "../../src/state/area";
import { FRONT, OBLIQUE } from "../../src/state/camera";
import { cloudOf, indexOf, randomCloud } from "./helpers";

const VIEW = createView(FRONT, 800, 800);

function place(cloud: ReturnType<typeof cloudOf>, id: number): Place {
  const spot: Place = { x: 0, y: 0, depth: 0 };
  cloud.project(cloud.order.slotOf[id], VIEW, spot);
  return spot;
}

test("the token at a place is found by its id, with and without an index", () => {
  const cloud = randomCloud(300, 3);
  const view = createView(OBLIQUE, 800, 600);
  const index = indexOf(cloud, view);
  let found = 0;
  for (let i = 0; i < 500; i++) {
    const [x, y] = [(i * 131) % 800, (i * 71) % 600];
    const id = pickToken(cloud, NO_MARKS, view, index, x, y);
    expect(pickToken(cloud, NO_MARKS, view, null, x, y)).toBe(id);
    if (id !== null) found++;
  }
  expect(found).toBeGreaterThan(20);
});

test("points are found where they are in the middle of a glide", () => {
  const cloud = cloudOf([-1, 0, 0.9, 0.9]);
  cloud.moveTo(Float32Array.of(1, 0, 0.9, 0.9), 2, NO_FITTING);
  cloud.glide = 0.5;
  expect(pickToken(cloud, NO_MARKS, VIEW, null, 400, 400)).toBe(0);
});

test("where points cover each other the chosen one is found, then a marked one", () => {
  const cloud = cloudOf([0, 0, 0, 0, 0, 0]);
  const pick = (marks: typeof NO_MARKS) => pickToken(cloud, marks, VIEW, indexOf(cloud, VIEW), 400, 400);
  const marks = { ...NO_MARKS, neighbors: [1] };
  cloud.setMarks(marks, NO_MARKS);
  expect(pick(marks)).toBe(1);
  expect(pick({ ...marks, chosen: 2 })).toBe(2);
});

test("a marked or chosen point is found as far out as it is drawn", () => {
  const cloud = cloudOf([0, 0, 0.9, 0.9]);
  const { x, y } = place(cloud, 0);
  const reach = (used: typeof NO_MARKS) => {
    let right = 0;
    while (pickToken(cloud, used, VIEW, null, x + right, y) === 0) right += 0.25;
    return right;
  };
  const before = reach(NO_MARKS);
  expect(reach({ ...NO_MARKS, chosen: 0 })).toBeGreaterThan(before);
  const marks = { ...NO_MARKS, neighbors: [0] };
  cloud.setMarks(marks, NO_MARKS);
  expect(reach(marks)).toBeGreaterThan(before);
});

test("what is not drawn is not found", () => {
  const cloud = cloudOf([0, 0, 0.5, 0]);
  const marks = { ...NO_MARKS, selected: Uint32Array.of(1), isolated: true };
  cloud.setMarks(marks, NO_MARKS);
  expect(pickToken(cloud, marks, VIEW, null, 400, 400)).toBeNull();
  expect([...tokensInside(cloud, VIEW, new Area(box(0, 0, 800, 800)))]).toEqual([1]);
});

test("an area contains the tokens that are drawn inside it, ascending", () => {
  const cloud = randomCloud(500);
  const inside = tokensInside(cloud, VIEW, new Area(box(200, 100, 500, 450)));
  const expected = Array.from({ length: 500 }, (_, id) => id).filter((id) => {
    const { x, y } = place(cloud, id);
    return x >= 200 && x < 500 && y >= 100 && y < 450;
  });
  expect([...inside]).toEqual(expected);
  expect(expected.length).toBeGreaterThan(20);
});
