import { expect, it } from "vitest";
import { Merges } from "../../src/data/tokenizer/merges";

// Sennrich et al. 2016, figure 1: r · → r·, l o → lo, lo w → low, e r· → er·
const PAPER = ["r ·", "l o", "lo w", "e r·"];

it("merges as in the example of the paper", async () => {
  expect((await Merges.of(PAPER)).apply("lower·")).toEqual(["low", "er·"]);
});

it("takes the lowest rank first, and of equal ones the first place", async () => {
  const merges = await Merges.of([
    ["b", "c"],
    ["a", "b"],
    ["a", "a"],
  ]);
  expect(merges.apply("abc")).toEqual(["a", "bc"]);
  expect(merges.apply("aaaab")).toEqual(["aa", "a", "ab"]);
});

it("tells tokens with spaces in them apart", async () => {
  const merges = await Merges.of([
    ["a", " "],
    ["a ", "b"],
  ]);
  expect(merges.apply("a b")).toEqual(["a b"]);
  expect(merges.apply(" ba")).toEqual([" ", "b", "a"]);
});

it("joins nothing that is no pair", async () => {
  const merges = await Merges.of(PAPER);
  expect(merges.apply("")).toEqual([]);
  expect(merges.apply("💔l")).toEqual(["💔", "l"]);
});
