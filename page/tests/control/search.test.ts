import { expect, it } from "vitest";
import { exactFirst } from "../../src/control/search";
import { TokenTable } from "../../src/data/tokens";

const tokens = new TokenTable("KingkingKingskin", Uint32Array.of(0, 4, 8, 13, 16));

it("puts the token that was typed before those that only hold it", () => {
  expect([...exactFirst(Uint32Array.of(0, 2, 1), "king", tokens)]).toEqual([1, 0, 2]);
  expect([...exactFirst(Uint32Array.of(0, 1, 2), "King", tokens)]).toEqual([0, 1, 2]);
  expect([...exactFirst(Uint32Array.of(0, 1, 2), "kings", tokens)]).toEqual([0, 1, 2]);
});
