/** The lessons, which follow one another: which steps each has on a table, and how the address names one. */
import type { Manifest } from "../data/source";
import type { State } from "./state";
import { hasVectorsOfAll, momentsOf } from "./timeline";

export const LESSONS = ["first", "meaning", "model"] as const;
export type LessonName = (typeof LESSONS)[number];

export const FIRST_STEPS = ["text", "tokens", "ids", "oneHot", "vector", "point"] as const;
export type FirstStep = (typeof FIRST_STEPS)[number];

export const MEANING_STEPS = ["words", "start", "watch", "loss", "neighbors", "meeting", "next"] as const;
export type MeaningStep = (typeof MEANING_STEPS)[number];

export const MODEL_STEPS = ["tokens", "rows", "network", "scores", "next", "step", "context", "own"] as const;
export type ModelStep = (typeof MODEL_STEPS)[number];

type Step = FirstStep | MeaningStep | ModelStep;
type Known = Pick<Manifest, "timeline" | "comparison" | "hasVectors" | "nTokens" | "languageModel" | "tokenizer">;

/** What a step needs, where it needs something. */
const NEEDS: Readonly<Partial<Record<MeaningStep, (manifest: Known) => boolean>>> = {
  start: hasVectorsOfAll,
  loss: (manifest) => lossesOf(manifest).length > 0,
  neighbors: hasVectorsOfAll,
  meeting: hasVectorsOfAll,
};

const STEPS: Readonly<Record<LessonName, (manifest: Known) => readonly Step[]>> = {
  first: () => FIRST_STEPS,
  meaning: meaningSteps,
  model: modelSteps,
};

/** None where the lesson has nothing to show. */
export function lessonSteps(name: LessonName, manifest: Known): readonly Step[] {
  return STEPS[name](manifest);
}

/** Two words are followed through the moments of a timeline. */
export function meaningSteps(manifest: Known): readonly MeaningStep[] {
  if (momentsOf(manifest).length === 0 || manifest.nTokens < 2) return [];
  return MEANING_STEPS.filter((step) => NEEDS[step]?.(manifest) ?? true);
}

/** A text is followed through a language model. */
export function modelSteps({ languageModel, tokenizer }: Known): readonly ModelStep[] {
  return languageModel && tokenizer ? MODEL_STEPS : [];
}

/** Those that have something to show, in the order in which they follow one another. */
export function lessonsOf(manifest: Known): readonly LessonName[] {
  return LESSONS.filter((name) => lessonSteps(name, manifest).length > 0);
}

/** The lesson that continues this one; null: none does. */
export function lessonAfter(name: LessonName, manifest: Known): LessonName | null {
  const all = lessonsOf(manifest);
  return all[all.indexOf(name) + 1] ?? null;
}

/** The loss at each moment, NaN where it is unknown, or where that is known nowhere, that of validation; none: []. */
export function lossesOf(manifest: Pick<Manifest, "timeline" | "comparison">): readonly number[] {
  const moments = momentsOf(manifest);
  const series = [moments.map(({ loss }) => loss ?? NaN), moments.map(({ validationLoss }) => validationLoss ?? NaN)];
  return series.find((values) => values.filter(Number.isFinite).length > 1) ?? [];
}

/** "2" is the third step of the first lesson, "meaning.2" of the second; "": no lesson is open. */
export function lessonEntry({ lesson, lessonName }: Pick<State, "lesson" | "lessonName">): string {
  if (lesson === null) return "";
  return lessonName === "first" ? String(lesson) : `${lessonName}.${lesson}`;
}

/** Read it back; a step that there is not is no lesson. */
export function lessonFrom(text: string | null, manifest: Known): Pick<State, "lesson" | "lessonName"> {
  const [, name = "first", step] = /^(?:([a-z]+)\.)?(\d{1,2})$/.exec(text ?? "") ?? [];
  const lessonName = LESSONS.find((one) => one === name);
  const isThere = lessonName !== undefined && Number(step) < lessonSteps(lessonName, manifest).length;
  return isThere ? { lesson: Number(step), lessonName } : { lesson: null, lessonName: "first" };
}
