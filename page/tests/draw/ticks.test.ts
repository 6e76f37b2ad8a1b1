import { expect, test } from "vitest";
import type { AxesGrid } from "../../src/draw/axes-grid";
import { isWithin, overlap } from "../../src/draw/boxes";
import { fitPoints, visibleOrigin } from "../../src/draw/fitting";
import { axisTicks, roundStep, type Tick } from "../../src/draw/ticks";
import { createView, project, type Place } from "../../src/draw/view";
import { FRONT, fit, OBLIQUE, type Camera } from "../../src/state/camera";
import { sevenWide, THEME } from "./helpers";

function gridOf(points: Float32Array, dims: 2 | 3, names = ["x", "y", "z"].slice(0, dims)): AxesGrid {
  const fitting = fitPoints(points, dims);
  return { level: -1, origin: visibleOrigin(fitting), fitting, names };
}

function ticksOf(grid: AxesGrid, camera: Camera, width = 800, height = 600): Tick[] {
  const depthCue = camera === FRONT ? 0 : 1;
  return axisTicks(createView(camera, width, height), THEME, grid, depthCue, sevenWide(), []);
}

const value = ({ text }: Tick) => Number(text.replaceAll(",", "").replaceAll("−", "-"));

test("a mark stands where a point with that number is drawn", () => {
  const grid = gridOf(Float32Array.of(-30, 2, 50, 12, 20, -4), 2);
  const view = createView(FRONT, 800, 600);
  const spot: Place = { x: 0, y: 0, depth: 0 };
  const { scale, shift } = grid.fitting;
  const ticks = ticksOf(grid, FRONT);
  const across = ticks.filter(({ mark }) => mark[0] === mark[2]);
  expect(across.map((tick) => value(tick) + 0)).toEqual([-30, -20, -10, 0, 10, 20, 30, 40, 50]);
  for (const tick of across) {
    project(view, value(tick) * scale + shift[0], grid.origin[1], 0, spot);
    expect((tick.mark[0] + tick.mark[2]) / 2).toBeCloseTo(spot.x, 3);
    expect((tick.mark[1] + tick.mark[3]) / 2).toBeCloseTo(spot.y, 3);
    expect(tick.box.y).toBeGreaterThan(spot.y); // below the axis
  }
  for (const tick of ticks.filter(({ mark }) => mark[0] !== mark[2])) {
    project(view, grid.origin[0], value(tick) * scale + shift[1], 0, spot);
    expect((tick.mark[1] + tick.mark[3]) / 2).toBeCloseTo(spot.y, 3);
    expect(tick.box.x + tick.box.width).toBeLessThan(spot.x); // on its left
  }
});

test("numbers stay on the map and overlap neither each other nor what is taken", () => {
  const points = Float32Array.of(-1, -2, 3, 1, 1, 1, 0.5, 2, -3);
  for (const camera of [OBLIQUE, { ...OBLIQUE, distance: 1.2 }, { ...OBLIQUE, azimuth: 2 }]) {
    const ticks = ticksOf(gridOf(points, 3), camera);
    expect(ticks.length).toBeGreaterThan(3);
    for (const [at, tick] of ticks.entries()) {
      expect(isWithin(tick.box, { width: 800, height: 600 })).toBe(true);
      for (const other of ticks.slice(at + 1)) expect(overlap(tick.box, other.box)).toBe(false);
    }
  }
  const grid = gridOf(points, 3);
  const view = createView(OBLIQUE, 800, 600);
  const all = { x: 0, y: 0, width: 800, height: 600 };
  expect(axisTicks(view, THEME, grid, 1, sevenWide(), [all])).toEqual([]);
});

test.each([1e-12, 1, 1e6, 1e30])("points of size %d have between two and twenty numbers on an axis", (size) => {
  const grid = gridOf(Float32Array.of(-size, 0.3 * size, size, -0.2 * size), 2);
  const ticks = ticksOf(grid, FRONT);
  const across = ticks.filter(({ mark }) => mark[0] === mark[2]);
  expect(across.length).toBeGreaterThanOrEqual(2);
  expect(across.length).toBeLessThan(20);
  for (const tick of across) expect(Math.abs(value(tick)) / size).toBeLessThan(1.3);
});

test("vectors of one dimension are on a number line", () => {
  const ticks = ticksOf(gridOf(Float32Array.of(1.2, 0, -0.4, 0, 0.3, 0), 2, ["x"]), FRONT);
  expect(ticks.length).toBeGreaterThan(3);
  expect(ticks.some((tick) => value(tick) === 0)).toBe(true);
  expect(new Set(ticks.map(({ mark }) => mark[1])).size).toBe(1);
});

test("zero is written once where the axes cross, and an axis seen from its end has no numbers", () => {
  const grid = gridOf(Float32Array.of(-1, -1, -1, 1, 1, 1), 3);
  const zeros = ticksOf(grid, OBLIQUE).filter((tick) => value(tick) === 0);
  expect(zeros.length).toBeLessThanOrEqual(1);
  const front = { ...FRONT, distance: 4 };
  const depth = axisTicks(createView(front, 800, 600), THEME, { ...grid, names: ["x", "y", "z"] }, 1, sevenWide(), []);
  const flat = axisTicks(createView(front, 800, 600), THEME, { ...grid, names: ["x", "y"] }, 1, sevenWide(), []);
  expect(depth).toEqual(flat);
});

test("a view of an outlier has the numbers around it", () => {
  const points = Float32Array.of(0, 0, 1, 1, -1, 0.5, 0.3, 0.2, 1e6, 0);
  const grid = gridOf(points, 2);
  const far = fit(FRONT, Float32Array.of(-1, 0, 0, 1, 0, 0), 800, 600);
  expect(ticksOf(grid, far).length).toBeGreaterThan(2);
});

test("steps are 1, 2 or 5 times a power of ten", () => {
  expect([0.03, 0.05, 0.051, 1, 1.01, 6, 70, 3e8].map(roundStep)).toEqual([0.05, 0.05, 0.1, 1, 2, 10, 100, 5e8]);
});
