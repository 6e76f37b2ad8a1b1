import { expect, test } from "vitest";
import { stageText } from "../../src/ui/progress";
import { fakeApp } from "../fake-app";

const { app } = fakeApp();
const progress = (stage: string, before = 0) => ({ stage, before, fraction: 0, running: true, error: null });

test("each stage has its words, and the queue its length", () => {
  expect(stageText(app, progress("waiting", 3))).toBe(app.t("progress.waiting", { n: 3 }));
  expect(stageText(app, progress("neighbors"))).toBe(app.t("progress.neighbors"));
  expect(stageText(app, progress("t-SNE"))).toBe(stageText(app, progress("layout")));
});

test("a stage without words counts as the start", () => {
  expect(stageText(app, progress("another"))).toBe(app.t("progress.start"));
});
