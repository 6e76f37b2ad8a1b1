import { Matrix4, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { pickAmongAll, REACH, ScreenIndex, type Targets } from "../../src/draw/screen-index";
import { createView, project, type View } from "../../src/draw/view";
import { OBLIQUE, FRONT, viewProjection, type Camera } from "../../src/state/camera";

const INSIDE: Camera = { target: [0.2, 0, 0.1], distance: 0.4, azimuth: 1, elevation: -0.4 };
/** All alike, five pixels large. */
const PLAIN: Targets = { maxRadius: 5, radius: () => 5, rank: () => 0 };

function cloud(n: number, seed = 3): Float32Array {
  let state = seed;
  return Float32Array.from({ length: 3 * n }, () => ((state = (state * 48271) % 2147483647) / 2147483647) * 2 - 1);
}

function indexed(view: View, points: Float32Array): ScreenIndex {
  const index = new ScreenIndex(view, points.length / 3);
  const steps = index.build(points);
  while (steps.next().done !== true);
  return index;
}

test("points lie on the screen where three's matrices put them", () => {
  const points = cloud(500);
  for (const camera of [FRONT, OBLIQUE, INSIDE]) {
    const view = createView(camera, 900, 700);
    const index = indexed(view, points);
    const matrix = new Matrix4().fromArray(viewProjection(camera, 900, 700));
    const place = { x: 0, y: 0, depth: 0 };
    for (let i = 0; i < 500; i++) {
      const [x, y, z] = points.subarray(3 * i, 3 * i + 3);
      const expected = new Vector3(x, y, z).applyMatrix4(matrix);
      if (!project(view, x, y, z, place)) {
        expect(index.x[i]).toBeNaN();
        continue;
      }
      const far = 1e-3 * (1 + Math.abs(index.x[i]) + Math.abs(index.y[i]));
      for (const [seen, wanted] of [
        [index.x[i], ((expected.x + 1) * 900) / 2],
        [index.y[i], ((1 - expected.y) * 700) / 2],
        [place.x, index.x[i]],
        [place.y, index.y[i]],
      ])
        expect(Math.abs(seen - wanted)).toBeLessThan(far);
    }
  }
});

describe("picking", () => {
  test("by the index finds what a look at every point finds", () => {
    const points = cloud(4000);
    const targets: Targets = {
      maxRadius: 9,
      radius: (slot) => (slot % 7 === 3 ? -1 : 1 + (slot % 9)),
      rank: (slot) => Number(slot % 50 === 0),
    };
    let found = 0;
    for (const camera of [FRONT, OBLIQUE, INSIDE]) {
      const view = createView(camera, 640, 480);
      const index = indexed(view, points);
      for (let i = 0; i < 400; i++) {
        const [x, y] = [(i * 131) % 640, (i * 71) % 480];
        const slot = index.pick(x, y, targets);
        expect(slot).toBe(pickAmongAll(view, points, x, y, targets));
        if (slot >= 0) found++;
        expect(slot % 7).not.toBe(3);
      }
    }
    expect(found).toBeGreaterThan(100);
  });

  test("takes the nearest within the reach around its disc, and nothing beyond", () => {
    const view = createView(FRONT, 800, 800);
    const index = indexed(view, Float32Array.of(0, 0, 0, 0.5, 0, 0));
    expect(index.pick(400, 400, PLAIN)).toBe(0);
    expect(index.pick(400 + 5 + REACH - 0.5, 400, PLAIN)).toBe(0);
    expect(index.pick(400 + 5 + REACH + 0.5, 400, PLAIN)).toBe(-1);
    expect(index.pick(index.x[1] - 1, index.y[1], PLAIN)).toBe(1);
  });

  test("prefers the front-most of overlapping points, and a marked one to all others", () => {
    const view = createView(FRONT, 800, 800);
    const index = indexed(view, Float32Array.of(0, 0, -0.5, 0, 0, 0.5, 0.001, 0, 0));
    expect(index.pick(400, 400, PLAIN)).toBe(1);
    expect(index.pick(400, 400, { ...PLAIN, rank: (slot) => Number(slot === 0) })).toBe(0);
  });

  test("finds nothing where there are no points, and counts those in view", () => {
    expect(indexed(createView(FRONT, 300, 200), new Float32Array(0)).pick(10, 10, PLAIN)).toBe(-1);
    expect(indexed(createView(FRONT, 800, 800), Float32Array.of(0, 0, 0, 50, 0, 0, 0, 0, 9)).inView).toBe(1);
  });
});
