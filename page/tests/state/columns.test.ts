import { expect, test } from "vitest";
import type { Column } from "../../src/data/source";
import { areYears, byRank, rankColumn, searchColumn, valueText } from "../../src/state/columns";

const kinds: Column = {
  info: { name: "kind", kind: "category", labels: ["Noun", "pronoun", "verb"] },
  values: Uint16Array.of(1, 0, 3, 2, 1),
};
const weights: Column = {
  info: { name: "weight", kind: "number", labels: [] },
  values: Float32Array.of(0.1, NaN, -3, 2.5, 1e9),
};
const found = (column: Column, text: string, regex = false) => [...(searchColumn(column, text, regex) as Uint32Array)];

test("a value is its label or its number without the digits that float32 adds; none is null", () => {
  expect([0, 1, 2, 3, 4].map((id) => valueText(kinds, id))).toEqual(["Noun", null, "verb", "pronoun", "Noun"]);
  expect([0, 1, 2, 3, 4].map((id) => valueText(weights, id))).toEqual(["0.1", null, "-3", "2.5", "1000000000"]);
});

test("categories are searched by a part of their names, or by a pattern", () => {
  expect(found(kinds, "NOUN")).toEqual([0, 3, 4]);
  expect(found(kinds, "^noun$", true)).toEqual([0, 4]);
  expect(found(kinds, "x")).toEqual([]);
  const cities: Column = { info: { name: "city", kind: "category", labels: ["İzmir"] }, values: Uint16Array.of(0, 1) };
  expect(found(cities, "izm")).toEqual([1]);
  expect(searchColumn(kinds, "(", true)).toMatchObject({ error: expect.any(String) as string });
});

test.each([
  ["0.1", [0]],
  [" = -3 ", [2]],
  [">0", [0, 3, 4]],
  ["> 2.5", [4]],
  [">=2.5", [3, 4]],
  ["<0.1", [2]],
  ["<=0.1", [0, 2]],
  ["-3 .. 2.5", [0, 2, 3]],
  ["1e9", [4]],
  ["", []],
  [">", []],
  ["1..", []],
  ["cat", []],
  ["≥2.5", [3, 4]],
  ["≤ 0.1", [0, 2]],
  ["\u22123", [2]],
  ["1,000,000,000", [4]],
  ["1,00", []],
])("numbers: %j finds %j", (text, ids) => {
  expect(found(weights, text)).toEqual(ids);
});

test("a number is found by the digits that the page shows of it, and not by fewer", () => {
  const thirds: Column = { info: weights.info, values: Float32Array.of(-123 / 7, 1 / 3, 0.33) };
  expect(found(thirds, "\u221217.5714")).toEqual([0]);
  expect(found(thirds, valueText(thirds, 0)!)).toEqual([0]);
  expect(found(thirds, "0.333333")).toEqual([1]);
  expect(found(thirds, "0.33")).toEqual([2]);
});

const numbers = (name: string, ...values: number[]): Column => ({
  info: { name, kind: "number", labels: [] },
  values: Float32Array.from(values),
});

test("infinity is a value, and found as it is shown", () => {
  const column = numbers("x", Infinity, 1, -Infinity, NaN);
  expect([0, 1, 2, 3].map((id) => valueText(column, id))).toEqual(["∞", "1", "-∞", null]);
  expect(found(column, "∞")).toEqual([0]);
  expect(found(column, "\u2212∞")).toEqual([2]);
  expect(found(column, ">0")).toEqual([0, 1]);
});

test("a column of years is known by its name and its values", () => {
  expect(
    ["year", "Release Year", "first_years", "연도", "출판년도"].map((name) => areYears(numbers(name, 1999, NaN))),
  ).toEqual(Array(5).fill(true));
  expect(["yearly", "n", "price"].some((name) => areYears(numbers(name, 1999)))).toBe(false);
  for (const other of [999, 3000, 1999.5, Infinity]) expect(areYears(numbers("year", 1999, other))).toBe(false);
});

test("tokens with a rank come first, in its order, and the others in theirs", () => {
  const ranks: Column = {
    info: { name: "suspect rank", kind: "number", labels: [] },
    values: Float32Array.of(NaN, 2, NaN, 1, 3),
  };
  expect([...byRank(Uint32Array.of(0, 1, 2, 3, 4), ranks)]).toEqual([3, 1, 4, 0, 2]);
  expect(rankColumn([kinds.info, ranks.info])).toBe(1);
  expect(rankColumn([kinds.info, { ...ranks.info, kind: "category" }])).toBeNull();
});
