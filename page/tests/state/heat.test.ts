import { expect, test } from "vitest";
import { heatCell, heatColor, heatLayout, heatLimit, heatLine } from "../../src/state/heat";

type RGB = readonly number[];
const linear = (color: RGB) =>
  color.map((value) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
const dot = (a: RGB, b: RGB) => a.reduce((sum, value, at) => sum + value * b[at], 0);
/** Relative luminance of WCAG 2.2. */
const luminance = (color: RGB) => dot([0.2126, 0.7152, 0.0722], linear(color));
// Full dichromacy in linear RGB: Machado, Oliveira and Fernandes 2009.
// prettier-ignore
const BLINDNESS: Record<string, readonly RGB[]> = {
  none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seen = (color: RGB, matrix: readonly RGB[]) =>
  matrix.map((row) => Math.cbrt(Math.max(0, dot(row, linear(color)))));

test("values farther from 0 stand out more, on both sides and both backgrounds", () => {
  for (const dark of [false, true])
    for (const sign of [-1, 1]) {
      const steps = Array.from({ length: 21 }, (_, at) => luminance(heatColor((sign * at) / 20, dark)));
      for (let at = 1; at < steps.length; at++)
        if (dark) expect(steps[at]).toBeGreaterThan(steps[at - 1]);
        else expect(steps[at]).toBeLessThan(steps[at - 1]);
    }
});

test.each(Object.keys(BLINDNESS))("with %s, minus and plus differ from a quarter of the scale on", (kind) => {
  for (const dark of [false, true])
    for (const part of [0.25, 0.5, 0.75, 1]) {
      const minus = seen(heatColor(-part, dark), BLINDNESS[kind]);
      const plus = seen(heatColor(part, dark), BLINDNESS[kind]);
      expect(Math.hypot(...minus.map((value, at) => value - plus[at]))).toBeGreaterThan(0.1);
    }
});

test("0 and NaN have the middle color, and values beyond the scale the color of its end", () => {
  expect(heatColor(0, false)).toEqual([242, 242, 239]);
  expect(heatColor(NaN, true)).toEqual(heatColor(0, true));
  expect(heatColor(7, true)).toEqual(heatColor(1, true));
});

test("the scale ends at the largest absolute value, and in long vectors a few values lie beyond it", () => {
  expect(heatLimit([0.5, -2, 1])).toBe(2);
  const long = Array.from({ length: 1000 }, (_, at) => (at < 3 ? 900 : Math.sin(at)));
  expect(heatLimit(long)).toBeLessThanOrEqual(1);
  expect(heatLimit(long)).toBeGreaterThan(0.9);
  expect(heatLimit([NaN, 1])).toBe(1);
  expect(heatLimit([])).toBe(0);
});

const DIMS = [1, 3, 16, 17, 50, 100, 300, 768, 1024, 2560, 4096];

test.each(DIMS)("%d numbers fit and every cell is found where it is drawn", (dim) => {
  for (const width of [232, 268]) {
    const layout = heatLayout(dim, width);
    expect(layout.columns * layout.rows).toBeGreaterThanOrEqual(dim);
    expect(layout.columns * (layout.rows - 1)).toBeLessThan(dim);
    expect(layout.rows * layout.cellHeight).toBeLessThanOrEqual(160);
    expect(layout.columns * layout.cellWidth).toBeCloseTo(width);
    for (const cell of [0, dim >> 1, dim - 1]) {
      const x = ((cell % layout.columns) + 0.5) * layout.cellWidth;
      const y = (Math.floor(cell / layout.columns) + 0.5) * layout.cellHeight;
      expect(heatCell(layout, dim, x, y)).toBe(cell);
    }
    expect(heatCell(layout, dim, width + 1, 1)).toBeNull();
    expect(heatCell(layout, dim, -1, 1)).toBeNull();
    expect(heatCell(layout, dim, 1, layout.rows * layout.cellHeight + 1)).toBeNull();
  }
});

test.each([
  [8, 200, 8, 1],
  [128, 230, 128, 1],
  [256, 230, 128, 2],
  [300, 200, 100, 3],
  [1, 50, 1, 1],
  [4096, 200, 133, 31],
])("%d numbers below others at %d pixels: %d in each of %d lines", (dim, width, columns, rows) => {
  const layout = heatLine(dim, width);
  expect([layout.columns, layout.rows]).toEqual([columns, rows]);
  expect(layout.columns * layout.rows).toBeGreaterThanOrEqual(dim);
  expect(layout.cellWidth).toBeGreaterThanOrEqual(1.5);
});
