import { describe, expect, test } from "vitest";
import { NEIGHBOR, NO_MARKS, ON_PATH, SELECTED, UNMARKED } from "../../src/draw/mark-kinds";
import { PointCloud } from "../../src/draw/point-cloud";
import { createView } from "../../src/draw/view";
import { fitPoints, NO_FITTING } from "../../src/draw/fitting";
import { FRONT } from "../../src/state/camera";
import { cloudOf, identity, randomCloud } from "./helpers";

describe("places", () => {
  test("are missing before the first projection and where a vector is NaN: such points are not drawn", () => {
    const view = createView(FRONT, 800, 600);
    const spot = { x: 0, y: 0, depth: 0 };
    const cloud = new PointCloud();
    cloud.resize(identity(2));
    expect([0, 1].map((slot) => cloud.isDrawn(slot) || cloud.project(slot, view, spot))).toEqual([false, false]);
    cloud.moveTo(Float32Array.of(NaN, NaN, 0.5, 0.5), 2, NO_FITTING);
    cloud.glide = 1;
    const [missing, placed] = cloud.order.slotOf;
    expect([cloud.isDrawn(missing), cloud.project(missing, view, spot)]).toEqual([false, false]);
    expect([cloud.isDrawn(placed), cloud.project(placed, view, spot)]).toEqual([true, true]);
    expect(cloud.nPlaced).toBe(1);
  });

  test("are returned by id as they were given, in 2-D and 3-D", () => {
    expect([...cloudOf([0.5, 0.25, -1, 1], 2).placesById()]).toEqual([0.5, 0.25, 0, -1, 1, 0]);
    expect([...cloudOf([0.5, 0.25, 0.125, -1, 1, 0], 3).placesById()]).toEqual([0.5, 0.25, 0.125, -1, 1, 0]);
  });

  test("outside of the cube are outliers, the most important first, and nothing else is", () => {
    const cloud = new PointCloud();
    cloud.resize(identity(50).reverse());
    const points = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    points.set([1e6, 0, NaN, NaN, 0.2, -3e38]);
    cloud.moveTo(points, 2, fitPoints(points, 2));
    expect(cloud.outliers.map((slot) => cloud.order.idOf[slot])).toEqual([2, 0]);
    expect(cloud.core().length).toBe(3 * 47);
    expect(Math.min(...cloud.goalsOf([2]))).toBe(-1e9); // no farther than can be drawn
    cloud.moveTo(new Float32Array(100), 2, NO_FITTING);
    expect(cloud.outliers).toEqual([]);
    expect(cloud.core()).toBe(cloud.to);
  });

  test("are scaled and shifted, but a flat picture stays at height 0", () => {
    const cloud = cloudOf([0, 0]);
    cloud.moveTo(Float32Array.of(2, 3), 2, { ...NO_FITTING, scale: 10, shift: [1, 2, 3] });
    expect([...cloud.to]).toEqual([21, 32, 0]);
  });

  test("are between start and goal during a glide", () => {
    const cloud = cloudOf([0, 0, 1, 1]);
    cloud.moveTo(Float32Array.of(1, 0, 1, 0), 2, NO_FITTING);
    cloud.glide = 0.25;
    expect([...cloud.placesById()]).toEqual([0.25, 0, 0, 1, 0.75, 0]);
    const slot = cloud.order.slotOf[1];
    expect([cloud.at(slot, 0), cloud.at(slot, 1)]).toEqual([1, 0.75]);
    expect([...cloud.goalsOf([1, 0])]).toEqual([1, 0, 0, 1, 0, 0]);
  });

  test("do not jump when the goal changes in the middle of a glide", () => {
    const cloud = randomCloud(50, 3);
    cloud.moveTo(
      Float32Array.from({ length: 150 }, (_, i) => Math.sin(i)),
      3,
      NO_FITTING,
    );
    cloud.glide = 0.5;
    const before = cloud.placesById();
    cloud.moveTo(
      Float32Array.from({ length: 150 }, (_, i) => Math.cos(i)),
      3,
      NO_FITTING,
    );
    expect(cloud.glide).toBe(0);
    const after = cloud.placesById();
    before.forEach((place, i) => expect(after[i]).toBeCloseTo(place, 6));
  });
});

describe("a token without a place", () => {
  test("is not drawn, counted or found on the screen", () => {
    const cloud = cloudOf([0, 0, NaN, NaN]);
    const [placed, lost] = [0, 1].map((id) => cloud.order.slotOf[id]);
    expect([cloud.total, cloud.isDrawn(placed), cloud.isDrawn(lost)]).toEqual([1, true, false]);
    const spot = { x: 0, y: 0, depth: 0 };
    expect(cloud.project(lost, createView(FRONT, 100, 100), spot)).toBe(false);
    expect(cloud.project(placed, createView(FRONT, 100, 100), spot)).toBe(true);
  });

  test("appears where it goes to when it gets a place, and leaves at once when it loses it", () => {
    const cloud = cloudOf([0, 0, NaN, NaN]);
    cloud.moveTo(Float32Array.of(1, 0, 0.5, 0.25), 2, NO_FITTING);
    cloud.glide = 0.5;
    expect([...cloud.placesById()]).toEqual([0.5, 0, 0, 0.5, 0.25, 0]);
    expect(cloud.total).toBe(2);
    cloud.moveTo(Float32Array.of(NaN, NaN, 0.5, 0.25), 2, NO_FITTING);
    expect([cloud.total, cloud.isDrawn(cloud.order.slotOf[0])]).toEqual([1, false]);
  });
});

describe("what the GPU is sent", () => {
  test("after a rest is only the new goal", () => {
    const cloud = cloudOf([0, 0, 1, 1]);
    cloud.takeChanges();
    const { from, to } = cloud;
    cloud.moveTo(Float32Array.of(1, 0, 1, 0), 2, NO_FITTING);
    expect([cloud.from, cloud.to]).toEqual([to, from]);
    expect(cloud.from).toBe(to);
    const { places, styles, resized } = cloud.takeChanges();
    expect([...places]).toEqual([cloud.to]);
    expect([styles, resized]).toEqual([[], false]);
    cloud.glide = 0.5;
    cloud.moveTo(Float32Array.of(0, 0, 1, 1), 2, NO_FITTING);
    expect(cloud.takeChanges().places).toEqual(new Set([cloud.from, cloud.to]));
  });

  test("for a few marks is their styles, for many all styles", () => {
    const cloud = randomCloud(1000);
    cloud.takeChanges();
    cloud.setMarks({ ...NO_MARKS, neighbors: [3, 8] }, NO_MARKS);
    const few = cloud.takeChanges();
    expect(new Set(few.styles)).toEqual(new Set([cloud.order.slotOf[3], cloud.order.slotOf[8]]));
    expect(few.marked).toBe(true);
    cloud.setMarks({ ...NO_MARKS, selected: identity(500) }, NO_MARKS);
    expect(cloud.takeChanges().styles).toBeNull();
    expect(cloud.takeChanges()).toEqual({
      resized: false,
      places: new Set(),
      styles: [],
      marked: false,
      palette: false,
    });
  });
});

describe("marks", () => {
  test("of several kinds on one token show the highest, and disappear when they are removed", () => {
    const cloud = randomCloud(20);
    const marks = { ...NO_MARKS, selected: Uint32Array.of(1, 2), path: [2, 3], neighbors: [3] };
    cloud.setMarks(marks, NO_MARKS);
    const kinds = [0, 1, 2, 3].map((id) => cloud.markOf(cloud.order.slotOf[id]));
    expect(kinds).toEqual([UNMARKED, SELECTED, ON_PATH, NEIGHBOR]);
    expect([...cloud.marked]).toEqual([1, 2, 3].map((id) => cloud.order.slotOf[id]).sort((a, b) => a - b));
    cloud.setMarks(NO_MARKS, marks);
    expect([cloud.marked.length, cloud.fading.dimming]).toEqual([0, 0]);
    expect([1, 2, 3].map((id) => cloud.markOf(cloud.order.slotOf[id]))).toEqual([0, 0, 0]);
  });

  test("in isolation leave only the selected to be drawn, also those on a path", () => {
    const cloud = randomCloud(20);
    cloud.setMarks({ ...NO_MARKS, selected: Uint32Array.of(4, 5), path: [5, 6], isolated: true }, NO_MARKS);
    const drawn = [...identity(20)].filter((id) => cloud.isDrawn(cloud.order.slotOf[id]));
    expect(drawn).toEqual([4, 5]);
    expect(cloud.total).toBe(2);
  });

  test("of focus stand out also among the isolated, of which they are drawn last", () => {
    const cloud = randomCloud(20);
    const view = createView(FRONT, 800, 600);
    const marks = { ...NO_MARKS, selected: Uint32Array.of(4, 5, 6), neighbors: [5, 7], isolated: true };
    cloud.setMarks({ ...marks, isFocus: true, chosen: 4 }, NO_MARKS);
    expect([...cloud.marked].map((slot) => cloud.order.idOf[slot]).at(-1)).toBe(5);
    expect([5, 4, 7].map((id) => cloud.standsOut(cloud.order.slotOf[id]))).toEqual([true, false, false]);
    expect(cloud.isDrawn(cloud.order.slotOf[7])).toBe(false);
    expect(cloud.sizing(view).marked).toBeGreaterThan(cloud.sizing(view).ordinary);
    cloud.setMarks(NO_MARKS, marks);
    expect([...identity(20)].every((id) => cloud.markOf(cloud.order.slotOf[id]) === UNMARKED)).toBe(true);
  });

  test("in focus what is found is no larger than the rest", () => {
    const cloud = randomCloud(1000);
    cloud.setMarks({ ...NO_MARKS, found: Uint32Array.of(1, 2), neighbors: [3], isFocus: true }, NO_MARKS);
    expect(cloud.nOutstanding).toBe(1);
    expect([1, 3].map((id) => cloud.standsOut(cloud.order.slotOf[id]))).toEqual([false, true]);
  });

  test("count once among the first points of the drawing order", () => {
    const cloud = randomCloud(100);
    const ids = [0, 50, 99].map((slot) => cloud.order.idOf[slot]);
    cloud.setMarks({ ...NO_MARKS, neighbors: ids }, NO_MARKS);
    expect([0, 1, 51, 100].map((first) => cloud.countWithMarked(first))).toEqual([3, 3, 52, 100]);
  });

  test("make points larger, except in isolation, where all are marked", () => {
    const cloud = randomCloud(1000);
    const view = createView(FRONT, 800, 600);
    const marks = { ...NO_MARKS, selected: Uint32Array.of(1) };
    cloud.setMarks(marks, NO_MARKS);
    expect(cloud.sizing(view).marked).toBeGreaterThan(cloud.sizing(view).ordinary);
    cloud.setMarks({ ...marks, isolated: true }, marks);
    expect(cloud.sizing(view).marked).toBe(cloud.sizing(view).ordinary);
  });
});

test("a token has the color of its code", () => {
  const cloud = randomCloud(3);
  const palette = new Uint8Array(768);
  palette.set([10, 20, 30], 3 * 7);
  cloud.setColors({ codes: Uint8Array.of(0, 7, 0), palette });
  expect(cloud.colorOf(cloud.order.slotOf[1])).toEqual([10, 20, 30]);
  expect(cloud.colorOf(cloud.order.slotOf[0])).toEqual([0, 0, 0]);
  expect(cloud.takeChanges()).toMatchObject({ styles: null, palette: true });
});

test("the more important of two tokens is drawn larger", () => {
  const cloud = new PointCloud();
  cloud.resize(identity(200).reverse());
  const sizing = cloud.sizing(createView(FRONT, 800, 600));
  const diameter = (id: number) => cloud.diameterOf(cloud.order.slotOf[id], sizing, 3, false);
  expect(diameter(199)).toBeGreaterThan(diameter(100));
  expect(cloud.takeChanges()).toMatchObject({ resized: true });
});
