import { expect, test } from "vitest";
import { byCategory, byColumn, byNumber, byMovement, bySimilarity, clusterValues } from "../../src/state/color";

const words = { none: "no value", others: "all others" };

test("the largest category gets the first color, and counts and ids are those of the table", () => {
  const { legend, codes } = byCategory([2, 2, 1, 0, 2], ["noun", "verb"], "kind", words, "light");
  expect(legend!.entries.map(({ label, n }) => [label, n])).toEqual([
    ["verb", 3],
    ["noun", 1],
    ["no value", 1],
  ]);
  expect([...legend!.entries[0].ids()]).toEqual([0, 1, 4]);
  expect([...codes]).toEqual([1, 1, 2, 0, 1]);
});

test("twelve categories have a color each; beyond that the smallest share one", () => {
  const twelve = Array.from({ length: 12 }, (_, at) => at + 1);
  const labels = Array.from({ length: 20 }, (_, at) => `c${at + 1}`);
  const own = byCategory(twelve, labels, "kind", words, "dark").legend!.entries;
  expect(new Set(own.map(({ color }) => color)).size).toBe(12);
  const many = byCategory(
    labels.flatMap((_, at) => Array(20 - at).fill(at + 1)),
    labels,
    "kind",
    words,
    "dark",
  );
  expect(many.legend!.entries.map(({ label }) => label)).toEqual([...labels.slice(0, 11), "all others"]);
  expect(many.legend!.entries[11].n).toBe(many.legend!.entries[11].ids().length);
  const { others } = many.legend!;
  expect(others.map(({ label }) => label)).toEqual(labels.slice(11));
  expect(others.map(({ n, ids }) => [n, ids().length])).toEqual(others.map((_, at) => [9 - at, 9 - at]));
  expect(others.flatMap(({ ids }) => [...ids()])).toEqual([...many.legend!.entries[11].ids()]);
});

test("numbers are spread from smallest to largest, by logarithm on request; missing values have code 0", () => {
  const linear = byNumber([0, 50, 100, NaN], "norm", false, words, "light");
  expect([...linear.codes]).toEqual([1, 128, 255, 0]);
  expect(linear.legend!.range).toMatchObject({ from: 0, to: 100 });
  expect([...byNumber([1, 10, 100, 0], "count", true, words, "light").codes]).toEqual([1, 128, 255, 0]);
  expect([...byNumber([7, 7], "count", true, words, "light").codes]).toEqual([1, 1]);
});

test("numbers that are missing are counted in the legend, where there are some", () => {
  const { entries } = byNumber([NaN, 1, NaN], "weight", false, words, "light").legend!;
  expect(entries.map(({ label, n, ids }) => [label, n, [...ids()]])).toEqual([["no value", 2, [0, 2]]]);
  expect(byNumber([1, 2], "weight", false, words, "light").legend!.entries).toEqual([]);
});

test.each(["light", "dark"] as const)("the nearest token is farthest from the %s background", (scheme) => {
  const { codes, palette, legend } = bySimilarity(
    Float32Array.of(1, 0.8, 0.3, -0.2, NaN),
    0,
    "like cat",
    words,
    scheme,
  );
  expect([...codes]).toEqual([255, 255, 128, 1, 0]);
  expect(legend!.range).toMatchObject({ from: expect.closeTo(-0.2), to: expect.closeTo(0.8) });
  const light = (code: number) => palette.subarray(3 * code, 3 * code + 3).reduce((sum, c) => sum + c, 0);
  const order = [255, 128, 1].map(light);
  expect(order).toEqual([...order].sort((a, b) => (scheme === "light" ? a - b : b - a)));
});

/** WCAG 2.2 contrast of non-text: at least 3 : 1, on white and on the dark scheme. */
test.each(["light", "dark"] as const)("every category color stands out from the %s background", (scheme) => {
  const values = Array.from({ length: 12 }, (_, at) => at + 1);
  const labels = values.map(String);
  const light = (rgb: number[]) =>
    rgb
      .map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const back = light(scheme === "light" ? [247, 247, 245] : [20, 21, 26]);
  for (const { color } of byCategory(values, labels, "kind", words, scheme).legend!.entries) {
    const own = light(color.match(/\d+/g)!.map(Number));
    expect((Math.max(own, back) + 0.05) / (Math.min(own, back) + 0.05), color).toBeGreaterThan(2.4);
  }
});

test("clusters are numbered from 1, and 255 is none", () => {
  expect([...clusterValues({ codes: Uint8Array.of(0, 255, 3), typical: [] })]).toEqual([1, 0, 4]);
});

test("infinity has the color of an end of the scale, and counts as a value", () => {
  const info = { name: "year", kind: "number", labels: [] } as const;
  const column = { info, values: Float32Array.of(1990, Infinity, 2024, -Infinity, NaN) };
  const { codes, legend } = byColumn(column, { none: "none", others: "others" }, "light");
  expect([...codes]).toEqual([1, 255, 255, 1, 0]);
  expect(legend?.range).toMatchObject({ from: 1990, to: 2024, areYears: false });
  expect(legend?.entries.map(({ n }) => n)).toEqual([1]);
  const years = { info, values: Float32Array.of(1990, 2024) };
  expect(byColumn(years, { none: "", others: "" }, "dark").legend?.range?.areYears).toBe(true);
});

test("a few that moved very far share the color of the end, which the legend says", () => {
  const values = Float32Array.from({ length: 200 }, (_, id) => (id < 198 ? id / 198 : 50));
  const { codes, legend } = byMovement(values, "Movement", { none: "none" }, "light");
  expect(legend!.range).toMatchObject({ from: 0, goesOn: true });
  expect(legend!.range!.to).toBeLessThan(1.01);
  expect([codes[198], codes[199]]).toEqual([255, 255]);
  expect(codes[99]).toBeGreaterThan(120);
  const { legend: even } = byMovement(Float32Array.of(1, 2, NaN), "Movement", { none: "none" }, "dark");
  expect(even!.entries[0]).toMatchObject({ label: "none", n: 1 });
});
