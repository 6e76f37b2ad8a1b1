import { expect, test } from "vitest";
import { leftText, stageText } from "../../src/ui/progress";
import { fakeApp } from "../fake-app";

const { app } = fakeApp();
const progress = (stage: string, before = 0, leftS: number | null = null) => ({
  stage,
  before,
  leftS,
  overall: 0,
  running: true,
  error: null,
});

test("each stage has its words, and the queue its length", () => {
  expect(stageText(app, progress("waiting", 3))).toBe(app.t("progress.waiting", { n: 3 }));
  expect(stageText(app, progress("neighbors"))).toBe(app.t("progress.neighbors"));
  expect(stageText(app, progress("t-SNE"))).toBe(stageText(app, progress("layout")));
});

test("a stage without words counts as the start", () => {
  expect(stageText(app, progress("another"))).toBe(app.t("progress.start"));
});

test("the time left is told in seconds, then in minutes, and not where it is unknown or nothing", () => {
  const told = (leftS: number | null) => leftText(app, progress("layout", 0, leftS));
  expect([null, 0, 3].map(told)).toEqual(["", "", ""]);
  expect([4, 12, 88].map(told)).toEqual(["about 5 s left", "about 10 s left", "about 90 s left"]);
  expect([90, 151].map(told)).toEqual(["about 2 min left", "about 3 min left"]);
});
