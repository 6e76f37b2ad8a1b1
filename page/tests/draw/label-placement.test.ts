import { expect, test } from "vitest";
import { Boxes, type Box } from "../../src/draw/boxes";
import { LabelPlacement, padded } from "../../src/draw/label-placement";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { chosen, cloudOf, labelScene, randomCloud, sevenWide } from "./helpers";

test("labels stand on the side where they are on the map and cover no dot", () => {
  const edge = labelScene(cloudOf([0, 0]), { view: createView({ ...FRONT, target: [-1.55, 0, 0] }, 800, 600) });
  expect(chosen(edge).visible[0].box.x).toBeLessThan(770);
  const dots = labelScene(cloudOf([0, 0, 0.1, 0]));
  const [left, right] = chosen(dots).visible.map(({ box }) => box.x + box.width / 2);
  expect(left).toBeLessThan(400 - 10);
  expect(right).toBeGreaterThan(425 + 10);
});

/** The sides on which the first label of a scene stands one after another, each time that the one before is taken. */
function sides(n: number): string[] {
  const scene = labelScene(n === 1 ? cloudOf([0, 0]) : randomCloud(n));
  const placement = new LabelPlacement(sevenWide());
  const point = { x: 0, y: 0, depth: 0 };
  scene.cloud.project(scene.cloud.order.slotOf[0], scene.view, point);
  const boxes = new Boxes();
  const found: string[] = [];
  for (;;) {
    const label = placement.fitted(scene, 0, boxes, new Boxes());
    if (label === null) return found;
    boxes.add(middleOf(label.box));
    const [right, down] = [label.box.x + label.box.width / 2 - point.x, label.box.y + label.box.height / 2 - point.y];
    const name = (at: number, less: string, more: string) => (Math.abs(at) < 2 ? "" : at < 0 ? less : more);
    found.push(name(down, "above ", "below ") + name(right, "left", "right"));
  }
}

/** A box so small that it overlaps the label in its place alone. */
function middleOf(box: Box): Box {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: 0.5, height: 0.5 };
}

test("a label stands right of its point, else left, above or below, where there are many points", () => {
  expect(sides(100)).toEqual(["right", "left", "above ", "below "]);
});

test("where there are few points a label can also stand at a corner, or farther away", () => {
  const found = sides(1);
  expect(found.slice(0, 4)).toEqual(["right", "left", "above ", "below "]);
  expect(new Set(found.slice(4, 8))).toEqual(new Set(["above right", "below right", "above left", "below left"]));
  const scene = labelScene(cloudOf([0, 0]));
  const placement = new LabelPlacement(sevenWide());
  const near = placement.fitted(scene, 0, new Boxes(), new Boxes())!;
  const boxes = new Boxes();
  const around = near.box.x - 400 + 2; // covers the beginning of each label beside the point
  boxes.add({ x: 400 - around, y: 300 - around, width: 2 * around, height: 2 * around });
  expect(placement.fitted(scene, 0, boxes, new Boxes())!.gap).toBeGreaterThan(near.gap);
});

test("labels of points behind the camera have no place", () => {
  const placement = new LabelPlacement(sevenWide());
  const scene = labelScene(cloudOf([0, 0, 1], 3), { view: createView({ ...FRONT, distance: 0.5 }, 800, 600) });
  expect(placement.fitted(scene, 0, new Boxes(), new Boxes())).toBeNull();
  expect(placement.pinned(scene, 0)).toEqual(Array.from({ length: 8 }, () => null));
});

test("labels of few points are larger, and those of chosen and hovered tokens bold", () => {
  const placement = new LabelPlacement(sevenWide());
  const font = (n: number) => placement.fitted(labelScene(randomCloud(n)), 0, new Boxes(), new Boxes())!.font;
  expect([font(50), font(51)]).toEqual(["500 15px sans-serif", "500 12px sans-serif"]);
  expect(placement.pinned(labelScene(randomCloud(51)), 0)[0]!.font).toBe("700 13px sans-serif");
});

test("a label keeps some space free around itself", () => {
  expect(padded({ x: 10, y: 10, width: 20, height: 10 })).toEqual({ x: 6, y: 9, width: 28, height: 12 });
});
