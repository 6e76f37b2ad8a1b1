import { expect, test } from "vitest";
import { requestOf } from "../../src/control/projection";
import type { State } from "../../src/state/state";

const ids = new Map([
  ["man", 1],
  ["woman", 2],
  ["king", 3],
]);
const idOf = (token: string) => ids.get(token) ?? null;
const state = (change: Partial<State>) => ({ method: "axes", dims: 2, seed: 4, axes: [], ...change }) as State;

test("custom axes are asked for when every word of every needed axis is known", () => {
  const good = { from: " man  king ", to: "woman" };
  // prettier-ignore
  expect(requestOf(state({ axes: [good, good, { from: "", to: "" }] }), idOf)).toEqual({
    method: "axes", dims: 2, seed: 0, axes: [{ from: [1, 3], to: [2] }, { from: [1, 3], to: [2] }],
  });
  expect(requestOf(state({ axes: [good, { from: "man", to: "queen" }] }), idOf)).toBeNull();
  expect(requestOf(state({ axes: [good, { from: "", to: "man" }] }), idOf)).toBeNull();
});

test("the seed is asked for where lots are drawn, and nowhere else", () => {
  expect(requestOf(state({ method: "umap" }), idOf)!.seed).toBe(4);
  expect(requestOf(state({ method: "pca" }), idOf)!.seed).toBe(0);
});
