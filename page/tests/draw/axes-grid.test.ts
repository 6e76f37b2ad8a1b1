import { describe, expect, test } from "vitest";
import { axisNames, drawAxesGrid, type AxesGrid } from "../../src/draw/axes-grid";
import { NO_FITTING } from "../../src/draw/fitting";
import { createView, project, type Place } from "../../src/draw/view";
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
