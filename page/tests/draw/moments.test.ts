import { describe, expect, test } from "vitest";
import { fitPoints, NO_FITTING } from "../../src/draw/fitting";
import { Moments, PlacesAhead } from "../../src/draw/moments";
import { PointCloud } from "../../src/draw/point-cloud";
import { identity, randoms } from "./helpers";

/** Two tokens at three moments; the second has no place at the last. */
const POINTS = Float32Array.of(0, 0, 1, 1, 0.5, 0, 1, 0.5, 1, 0, NaN, NaN);

function shown(points: Float32Array, n: number, moment = 0): PointCloud {
  const cloud = new PointCloud();
  cloud.resize(identity(n));
  cloud.moveTo(points, 2, NO_FITTING, moment);
  cloud.glide = 1;
  return cloud;
}

test("a place between two moments lies on the way from one to the other", () => {
  const moments = new Moments(POINTS, 2, { ...NO_FITTING, scale: 2, shift: [1, 0, 0] }, 2);
  const places = new Float32Array(6);
  moments.write(0.5, Uint32Array.of(1, 0), places);
  expect([...places]).toEqual([3, 1.5, 0, 1.5, 0, 0]);
  expect(moments.place(1, 1)).toEqual([3, 1, 0]);
  expect(moments.count).toBe(3);
});

test("a sample of all moments leaves out what has no place, and what lies far off", () => {
  const next = randoms();
  const points = Float32Array.from({ length: 2 * 3 * 40 }, () => next());
  points.set([NaN, NaN, 1e6, 0]);
  const fitting = fitPoints(points, 2);
  const sample = new Moments(points, 2, fitting, 40).sample();
  expect(sample.length).toBe(3 * (3 * 40 - 2));
  expect(Math.max(...sample.map(Math.abs))).toBeLessThanOrEqual(1.0001);
});

test("places that are written ahead, whole or in part, are those of the moment", () => {
  const n = 40_000;
  const points = Float32Array.from({ length: 2 * 2 * n }, (_, i) => i);
  const moments = new Moments(points, 2, NO_FITTING, n);
  const ids = identity(n).reverse();
  const ahead = new PlacesAhead(moments, ids);
  const [expected, places] = [new Float32Array(3 * n), new Float32Array(3 * n)];
  moments.write(1, ids, expected);
  ahead.advance(0);
  for (let piece = 0; piece < 4; piece++) {
    ahead.advance(1);
    ahead.take(1, places.fill(0));
    expect(Buffer.compare(Buffer.from(places.buffer), Buffer.from(expected.buffer))).toBe(0);
  }
  ahead.advance(2); // which there is not
  ahead.take(1, places.fill(0));
  expect(Buffer.compare(Buffer.from(places.buffer), Buffer.from(expected.buffer))).toBe(0);
});

describe("a cloud that shows another moment", () => {
  test("has its places, wherever it comes from", () => {
    const next = randoms();
    const points = Float32Array.from({ length: 2 * 6 * 30 }, () => next());
    const cloud = shown(points, 30);
    const expected = new Float32Array(90);
    for (const moment of [0.25, 0.75, 1, 1.5, 2.5, 2, 1.5, 0.5, 0, 5, 4.5, 3.5, 4, 4, 0, 0.1, 5]) {
      cloud.showMoment(moment);
      new Moments(points, 2, NO_FITTING, 30).write(moment, identity(30), expected);
      cloud.placesById().forEach((place, i) => expect(place).toBeCloseTo(expected[i], 5));
    }
  });

  test("sends the GPU nothing within a pair of moments, and one array at each new pair, forward and back", () => {
    const cloud = shown(new Float32Array(2 * 8 * 10).fill(0.5), 10);
    cloud.showMoment(0.5);
    const sent = (moment: number) => {
      cloud.takeChanges();
      cloud.showMoment(moment);
      return cloud.takeChanges().places.size;
    };
    expect([0.6, 0.9, 1, 1.1, 1.9, 2.5, 3.5, 3, 2.9, 2.1, 1.9, 1, 0.5].map(sent)).toEqual([
      0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1,
    ]);
  });

  test("does not draw a token where it has no place, nor on its way from or to such a moment", () => {
    const cloud = shown(POINTS, 2);
    const slot = cloud.order.slotOf[1];
    const drawn = (moment: number) => {
      cloud.showMoment(moment);
      return cloud.isDrawn(slot);
    };
    expect([0, 1, 1.5, 2, 1.5, 1].map(drawn)).toEqual([true, true, false, false, false, true]);
    cloud.showMoment(2);
    expect(cloud.total).toBe(1);
  });

  test("glides there from where it is", () => {
    const cloud = shown(POINTS, 2);
    cloud.showMoment(0.5);
    const before = cloud.placesById();
    cloud.moveToMoment(1);
    expect(cloud.placesById()).toEqual(before);
    cloud.glide = 1;
    expect([...cloud.placesById()]).toEqual([0.5, 0, 0, 1, 0.5, 0]);
    cloud.showMoment(0.5);
    expect(cloud.placesById()).toEqual(before);
  });

  test("is seen whole at all moments", () => {
    const points = Float32Array.of(0, 0, 0.1, 0, -1, -1, 1, 1);
    const cloud = shown(points, 2);
    expect(Math.max(...cloud.core())).toBe(1);
  });
});
