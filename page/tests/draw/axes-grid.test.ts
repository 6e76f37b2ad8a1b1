import { describe, expect, test } from "vitest";
import { axisEnds, axisNames, drawAxesGrid, type AxesGrid } from "../../src/draw/axes-grid";
import { contains, overlap } from "../../src/draw/boxes";
import { NO_FITTING } from "../../src/draw/fitting";
import { createView, project, type Place, type View } from "../../src/draw/view";
import { FRONT, OBLIQUE, type Camera } from "../../src/state/camera";
import { type cloudOf, randomCloud, recorder, sevenWide, THEME } from "./helpers";

const GRID: AxesGrid = { level: -1.1, origin: [0, 0, 0], fitting: NO_FITTING, names: ["one", "two", "three"] };

describe("the names of the axes", () => {
  const names = (camera: Camera, grid = GRID, depthCue = 1) =>
    axisNames(createView(camera, 800, 600), THEME, grid, depthCue, sevenWide());

  test("stand at the positive ends, inside the map", () => {
    const view = createView(OBLIQUE, 800, 600);
    const found = names(OBLIQUE);
    expect(found.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    const end: Place = { x: 0, y: 0, depth: 0 };
    project(view, 1.12, 0, 0, end);
    const { box } = found[0];
    expect(Math.abs(box.x + box.width / 2 - end.x)).toBeLessThan(30);
    expect(Math.abs(box.y - end.y)).toBeLessThan(30);
  });

  test("lie on no axis and on no other name, where there is room beyond the tips", () => {
    const three = ["dimension 1", "dimension 2", "dimension 3"];
    for (const [camera, titles] of [
      [OBLIQUE, three],
      [{ ...FRONT, distance: 1.6 * FRONT.distance }, three.slice(0, 2)],
    ] as const) {
      const view = createView(camera, 800, 600);
      const grid = { ...GRID, names: titles };
      const boxes = names(camera, grid).map(({ box }) => box);
      boxes.forEach((box, at) => {
        for (const other of boxes.slice(at + 1)) expect(overlap(box, other)).toBe(false);
        for (const [x, y] of placesOnAxes(view, grid)) expect(contains(box, x, y)).toBe(false);
      });
    }
  });

  test("stand clear of what else is at the tip", () => {
    const [{ box: badge }] = names(OBLIQUE);
    const [{ box }] = axisNames(createView(OBLIQUE, 800, 600), THEME, GRID, 1, sevenWide(), [badge]);
    expect(overlap(box, badge)).toBe(false);
  });

  test("stay on the map where the ends are outside of it", () => {
    for (const { box } of names({ ...OBLIQUE, distance: 1 }))
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 800 && box.y + box.height <= 600).toBe(true);
  });

  test("are left out for axes out of view, and for the third while the picture is nearly flat", () => {
    expect(names({ ...FRONT, distance: 0.3, target: [1.5, 1.5, 0] })).toEqual([]);
    expect(names(OBLIQUE, GRID, 0.4).map(({ text }) => text)).toEqual(["one", "two"]);
    expect(names(OBLIQUE, { ...GRID, names: null })).toEqual([]);
  });
});

/** Many places along each axis, on the map. */
function placesOnAxes(view: View, grid: AxesGrid): [number, number][] {
  const spot: Place = { x: 0, y: 0, depth: 0 };
  return grid.names!.flatMap((_title, axis) => {
    const [from, to] = axisEnds(grid, axis);
    return Array.from({ length: 400 }, (_, i): [number, number] => {
      const t = i / 399;
      project(view, ...([0, 1, 2].map((k) => from[k] + t * (to[k] - from[k])) as [number, number, number]), spot);
      return [spot.x, spot.y];
    });
  });
}

function drawn(cloud: ReturnType<typeof cloudOf>, grid: AxesGrid, camera = OBLIQUE) {
  const { context, calls } = recorder();
  const view = createView(camera, 800, 600);
  drawAxesGrid(context, view, THEME, grid, cloud, cloud.sizing(view));
  return calls;
}

test("few points in 3-D stand on lines down to the grid, each with a shadow", () => {
  const shadows = (n: number) => drawn(randomCloud(n, 3), GRID).filter(({ name }) => name === "ellipse").length;
  expect([shadows(4), shadows(50), shadows(51)]).toEqual([4, 50, 0]);
});

test("there is a grid in 3-D alone, and axes where they have names", () => {
  const strokes = (dims: 2 | 3, names: string[] | null) =>
    drawn(randomCloud(100, dims), { ...GRID, names }).filter(({ name }) => name === "stroke").length;
  expect(strokes(2, null)).toBe(0);
  expect(strokes(2, ["one", "two"])).toBe(2);
  expect(strokes(3, null)).toBe(5);
  expect(strokes(3, ["one", "two", "three"])).toBe(8);
});

test("lines are drawn up to the camera where it stands among the points", () => {
  const inside: Camera = { ...OBLIQUE, distance: 0.4 };
  const lines = drawn(randomCloud(100, 3), { ...GRID, names: ["one"] }, inside).filter(({ name }) => name === "lineTo");
  expect(lines.length).toBeGreaterThan(0);
  for (const { args } of lines) expect(args.every(Number.isFinite)).toBe(true);
});
