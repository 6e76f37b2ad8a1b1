import { expect, test } from "vitest";
import { lessonAfter, lessonEntry, lessonFrom, lessonsOf, lossesOf, meaningSteps } from "../../src/state/lessons";
import { film, manifest } from "../fake-app";

const moments = (change: object) => ({
  ...film,
  timeline: { ...film.timeline!, moments: film.timeline!.moments.map((moment) => ({ ...moment, ...change })) },
});

test("the second lesson continues the first where there is a timeline to follow two words through", () => {
  expect(lessonsOf(manifest)).toEqual(["first"]);
  expect(lessonAfter("first", manifest)).toBeNull();
  expect(lessonAfter("first", film)).toBe("meaning");
  expect(lessonAfter("meaning", film)).toBeNull();
  expect(lessonsOf({ ...film, nTokens: 1 })).toEqual(["first"]);
  const one = { ...film, timeline: { ...film.timeline!, moments: film.timeline!.moments.slice(0, 1) } };
  expect(lessonsOf(one)).toEqual(["first"]);
});

const model = { ...manifest, languageModel: { context: 64, endOfText: 0 }, tokenizer: { name: "bpe", unknown: null } };

test("the lesson on a language model is the last one, where there is a model that can cut a text", () => {
  expect(lessonsOf(model)).toEqual(["first", "model"]);
  expect(lessonsOf({ ...film, ...model, timeline: film.timeline })).toEqual(["first", "meaning", "model"]);
  expect(lessonsOf({ ...model, tokenizer: null })).toEqual(["first"]);
  expect(lessonFrom("model.6", model)).toEqual({ lesson: 6, lessonName: "model" });
  expect(lessonFrom("model.8", model).lesson).toBeNull();
  expect(lessonFrom("model.0", manifest).lesson).toBeNull();
});

test("a step is left out where what it shows is not known", () => {
  expect(meaningSteps(film)).toEqual(["words", "start", "watch", "loss", "neighbors", "meeting", "next"]);
  expect(meaningSteps(moments({ loss: null }))).not.toContain("loss");
  expect(meaningSteps(moments({ loss: null, validationLoss: 2 }))).toContain("loss");
  const withoutVectors = { ...film, timeline: { ...film.timeline!, hasVectors: false } };
  expect(meaningSteps(withoutVectors)).toEqual(["words", "watch", "loss", "next"]);
});

test("the loss is that of training, else that of validation, where at least two moments have one", () => {
  expect(lossesOf(film)).toEqual([4, 3.5, 3, 2]);
  expect(lossesOf(moments({ loss: null, validationLoss: 2 }))).toEqual([2, 2, 2, 2]);
  expect(lossesOf(manifest)).toEqual([]);
});

test.each([
  ["", null, "first"],
  ["2", 2, "first"],
  ["meaning.6", 6, "meaning"],
] as const)("the address %j is step %j of the lesson %j", (text, lesson, lessonName) => {
  expect(lessonFrom(text, film)).toEqual({ lesson, lessonName });
  expect(lessonEntry({ lesson, lessonName })).toBe(text);
});

test.each(["6", "meaning.7", "other.1", "meaning.", "x"])("%j is no step", (text) => {
  expect(lessonFrom(text, film).lesson).toBeNull();
});

test("a link into the second lesson opens none where there is no timeline", () => {
  expect(lessonFrom("meaning.1", manifest)).toEqual({ lesson: null, lessonName: "first" });
});
