import { expect, test } from "vitest";
import { chosenSummary, spoken } from "../../src/ui/chosen-summary";
import { fakeApp } from "../fake-app";

test("the summary has the token, its id, its count and its nearest", () => {
  const { app } = fakeApp({}, { chosen: 3 });
  expect(chosenSummary(app)).toBe("sat, id 3, occurs 4,512 times");
  app.session.set({
    neighbors: [
      { id: 0, score: 0.777 },
      { id: 2, score: -0.5 },
    ],
  });
  expect(chosenSummary(app)).toBe("sat, id 3, occurs 4,512 times; nearest: cat 0.78, mat −0.50");
  app.store.set({ metric: "euclidean" });
  app.session.set({ neighbors: [{ id: 0, score: -1.25 }], counts: null });
  expect(chosenSummary(app)).toBe("sat, id 3; nearest: cat 1.25");
});

test("at most five neighbors are named", () => {
  const { app } = fakeApp({}, { chosen: 3 });
  app.session.set({ neighbors: Array.from({ length: 9 }, () => ({ id: 1, score: 1 })) });
  expect(chosenSummary(app).match(/dog/g)).toHaveLength(5);
});

test("without a chosen token the summary says how to choose one", () => {
  const { app } = fakeApp();
  expect(chosenSummary(app)).toBe(app.t("chosen.none"));
});

test("white space and the empty token have names", () => {
  const { app } = fakeApp();
  expect(["", " ", "\n", "\t", "cat", " a"].map((token) => spoken(app, token))).toEqual([
    app.t("chosen.empty"),
    app.t("chosen.space"),
    app.t("chosen.lineBreak"),
    app.t("chosen.tab"),
    "cat",
    "␣a",
  ]);
});
