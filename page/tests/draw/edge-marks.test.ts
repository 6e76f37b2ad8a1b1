import { expect, test } from "vitest";
import { contains, isWithin, overlap, type Box } from "../../src/draw/boxes";
import { drawEdgeMarks, edgeMarks, type EdgeMark } from "../../src/draw/edge-marks";
import { fitPoints } from "../../src/draw/fitting";
import { PointCloud } from "../../src/draw/point-cloud";
import { createView } from "../../src/draw/view";
import { FRONT, OBLIQUE, type Camera } from "../../src/state/camera";
import { identity, recorder, sevenWide, THEME, tokenTable } from "./helpers";

const SIZE = { width: 800, height: 600 };

/** Forty points near the origin, and then `far`. */
function marksOf(
  far: readonly number[],
  camera: Camera = FRONT,
  dims: 2 | 3 = 2,
  covered: Box | null = null,
): EdgeMark[] {
  const near = Array.from({ length: 40 * dims }, (_, i) => Math.sin(i));
  const points = Float32Array.from([...near, ...far]);
  const n = points.length / dims;
  const cloud = new PointCloud();
  cloud.resize(identity(n));
  cloud.moveTo(points, dims, fitPoints(points, dims));
  cloud.glide = 1;
  const tokens = tokenTable(Array.from({ length: n }, (_, id) => `token ${id}`));
  return edgeMarks(createView(camera, SIZE.width, SIZE.height), THEME, cloud, tokens, sevenWide(), covered);
}

test("an outlier has a mark on its side, which points to it and says its name", () => {
  const [mark] = marksOf([1e6, 0]);
  expect(mark.text).toBe("token 40");
  expect(mark.tip[0]).toBeGreaterThan(SIZE.width - 20);
  expect(Math.abs(mark.tip[1] - SIZE.height / 2)).toBeLessThan(5);
  expect(contains(mark.box, ...mark.tip)).toBe(true);
  expect(marksOf([0, 1e6])[0].tip[1]).toBeLessThan(20);
  expect(marksOf([-1e6, -1e6])[0].direction).toEqual([expect.closeTo(-Math.SQRT1_2), expect.closeTo(Math.SQRT1_2)]);
});

test("marks are on the map, in every direction", () => {
  for (let turn = 0; turn < 24; turn++) {
    const angle = (turn * Math.PI) / 12;
    const [{ box, textBox }] = marksOf([1e4 * Math.cos(angle), 1e4 * Math.sin(angle)]);
    expect([isWithin(box, SIZE), isWithin(textBox, SIZE)]).toEqual([true, true]);
  }
});

test("a mark keeps clear of what stands over the map, on the map", () => {
  const card = { x: 14, y: 200, width: 392, height: 386 };
  for (let turn = 0; turn < 24; turn++) {
    const angle = (turn * Math.PI) / 12;
    const far = [1e4 * Math.cos(angle), 1e4 * Math.sin(angle)];
    const [{ box, textBox, tip }] = marksOf(far, FRONT, 2, card);
    expect([overlap(box, card), overlap(textBox, card), contains(card, ...tip)]).toEqual([false, false, false]);
    expect(isWithin(box, SIZE)).toBe(true);
    const [before] = marksOf(far);
    if (!overlap(before.box, card)) expect(box).toEqual(before.box);
  }
});

test("an outlier in view needs none, and one behind the camera has one", () => {
  expect(marksOf([1e6, 0], { ...FRONT, distance: 4e6 })).toEqual([]);
  expect(marksOf([1e3, 0, 0], { ...OBLIQUE, azimuth: Math.PI / 2 - 0.1, elevation: 0 }, 3)).toHaveLength(1);
});

test("outliers side by side are counted at one mark, and marks do not overlap", () => {
  const [mark, ...others] = marksOf([1e6, 0, 1e6, 10, 2e6, 5]);
  expect([mark.text, others.length]).toEqual(["token 40 +2", 0]);
  const around = Array.from({ length: 60 }, (_, i) => 1e5 * Math.cos(i * 0.21 - (i % 2) * Math.PI * 0.5));
  const many = marksOf(around.slice(0, 8));
  for (const [at, { box }] of many.entries())
    for (const other of many.slice(at + 1)) expect(overlap(box, other.box)).toBe(false);
});

test("a mark is an arrow and a name", () => {
  const { context, calls } = recorder();
  drawEdgeMarks(context, THEME, marksOf([1e6, 0]), null);
  expect(calls.filter(({ name }) => name === "fill")).toHaveLength(1);
  expect(calls.filter(({ name }) => name === "fillText").map(({ args }) => args[0])).toEqual(["token 40"]);
});
