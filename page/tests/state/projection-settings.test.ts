import { expect, test } from "vitest";
import type { Manifest, SettingInfo } from "../../src/data/source";
import {
  isAllowed,
  settingEntries,
  settingsFrom,
  shownComponents,
  stepped,
  withComponent,
  withSetting,
} from "../../src/state/projection-settings";
import { manifest } from "../fake-app";

const neighbors: SettingInfo = { name: "neighbors", default: 15, lowest: 2, highest: 200, step: 1 };
const minDist: SettingInfo = { name: "min_dist", default: 0.1, lowest: 0, highest: 1, step: 0.05 };
const served: Manifest = {
  ...manifest,
  dim: 8,
  methods: [{ method: "umap", dims: [2, 3], missing: null, settings: [neighbors, minDist] }],
};
const read = (text: string, where = served) => settingsFrom(new URLSearchParams(text), where);

test("a number that is the default is not kept", () => {
  const changed = withSetting({ min_dist: 0.5 }, neighbors, 30);
  expect(changed).toEqual({ min_dist: 0.5, neighbors: 30 });
  expect(withSetting(changed, neighbors, 15)).toEqual({ min_dist: 0.5 });
});

test("numbers are within their range, and some are whole", () => {
  expect([1, 2, 2.5, 200, 201, NaN].map((value) => isAllowed(neighbors, value))).toEqual([
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(isAllowed(minDist, 0.25)).toBe(true);
});

test("the address gives them back, and what is not allowed is ignored", () => {
  const state = { settings: { neighbors: 30, min_dist: 0.5 }, components: [4, 5, 6] };
  expect(read(new URLSearchParams(settingEntries(state)).toString())).toEqual(state);
  for (const text of [
    "neighbors=1",
    "neighbors=2.5",
    "min_dist=-1",
    "min_dist=1e-1",
    "perplexity=5",
    "components=1_2_3",
    "components=4_4_5",
    "components=4_5",
    "components=0_1_2",
    "components=7_8_9",
    "components=a_b_c",
  ])
    expect(read(text), text).toEqual({ settings: {}, components: [] });
  expect(read("neighbors=30&components=4_5_6", { ...served, drawsAnew: false })).toEqual({
    settings: {},
    components: [],
  });
});

test("no component is on two axes", () => {
  expect(withComponent([], 0, 5, 8)).toEqual([5, 2, 3]);
  expect(withComponent([5, 2, 3], 1, 5, 8)).toEqual([2, 5, 3]);
  expect(withComponent([2, 1, 3], 0, 1, 8)).toEqual([]);
});

test("the next components follow the last ones and stay within the dimensions", () => {
  expect(stepped([], 3, 1, 8)).toEqual([4, 5, 6]);
  expect(stepped([4, 5, 6], 3, 1, 8)).toEqual([6, 7, 8]);
  expect(stepped([4, 5, 6], 3, -1, 8)).toEqual([]);
  expect(stepped([], 2, 1, 8)).toEqual([3, 4, 1]);
  expect(shownComponents([3, 4, 1], 2)).toEqual([3, 4]);
  expect(shownComponents([], 2)).toEqual([1, 2]);
});
