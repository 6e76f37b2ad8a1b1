import { expect, test } from "vitest";
import { fromFloat16, VectorTable } from "../../src/data/vectors";

const rows = [
  [1, 0],
  [0.6, 0.8],
  [0, 2],
  [-1, 0],
  [0, 0],
  [3, 0],
];
const table = new VectorTable(Float32Array.from(rows.flat()), 2, Float32Array.of(1, 1, 2, 1, 0, 3));
const nearest = (positive: number[], negative: number[] = [], metric: "cosine" | "euclidean" = "cosine", k = 3) =>
  table.nearest({ positive, negative, k, metric });

test("neighbors are ordered by cosine, ties in table order, without the token itself", () => {
  const found = nearest([0], [], "cosine", 9);
  expect(found.map(({ id }) => id)).toEqual([5, 1, 2, 3]);
  expect(found.map(({ score }) => score)).toEqual([1, expect.closeTo(0.6), 0, -1]);
});

test("rows that point nowhere are no neighbors; by distance, zeros are a place", () => {
  const damaged = new VectorTable(Float32Array.of(1, 0, 0, 1, NaN, 2, 0, 0), 2, Float32Array.of(1, 1, NaN, 0));
  const found = (metric: "cosine" | "euclidean") =>
    damaged.nearest({ positive: [0], negative: [], k: 9, metric }).map(({ id }) => id);
  expect(found("cosine")).toEqual([1]);
  expect(found("euclidean")).toEqual([3, 1]);
});

test("similarities are the cosines of all rows, and none where one of the two has no direction", () => {
  expect([...table.similarities(1)]).toEqual([
    ...[0.6, 1, 0.8, -0.6].map((value) => expect.closeTo(value)),
    NaN,
    expect.closeTo(0.6),
  ]);
  expect([...table.similarities(4)]).toEqual(Array(6).fill(NaN));
});

test("neighbors by distance are scored by minus the distance", () => {
  expect(nearest([0], [], "euclidean", 2)).toEqual([
    { id: 1, score: expect.closeTo(-Math.sqrt(0.8)) },
    { id: 4, score: -1 },
  ]);
});

test("an analogy adds unit vectors, however long they are, and leaves its own tokens out", () => {
  // (-1, 0) + (0, 1) - (1, 0) = (-2, 1)
  expect(nearest([3, 2], [0])).toEqual([
    { id: 1, score: expect.closeTo(-0.4 / Math.sqrt(5)) },
    { id: 5, score: expect.closeTo(-2 / Math.sqrt(5)) },
  ]);
});

test("a coordinate along an axis is the cosine with it", () => {
  const points = table.projectOnAxes([{ from: [0], to: [2] }]); // (0, 1) - (1, 0)
  expect([...points]).toEqual(
    [-1, 1, 1, 1, 0, -1].map((sign, id) => expect.closeTo(id === 1 ? 0.2 / Math.SQRT2 : sign / Math.SQRT2)),
  );
});

test("an axis end of several tokens is the mean of their unit vectors", () => {
  const points = table.projectOnAxes([{ from: [3], to: [0, 2] }]); // (0.5, 0.5) - (-1, 0) = (1.5, 0.5)
  expect(points[5]).toBeCloseTo(1.5 / Math.sqrt(2.5));
  expect(() => table.projectOnAxes([{ from: [0], to: [5] }])).toThrow("an axis has no direction");
});

test("a row that is not finite has no place along an axis", () => {
  const damaged = new VectorTable(Float32Array.of(1, 0, 0, 1, NaN, 2, 0, 0), 2, Float32Array.of(1, 1, NaN, 0));
  const points = damaged.projectOnAxes([{ from: [0], to: [1] }]);
  expect([...points].map(Number.isNaN)).toEqual([false, false, true, false]);
});

test("float16 is decoded as IEEE 754 defines it", () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555, 0x8000, 0x7c00);
  expect([...fromFloat16(bits)]).toEqual([1, -2, 2 ** -24, 65504, expect.closeTo(1 / 3, 3), -0, Infinity]);
});
