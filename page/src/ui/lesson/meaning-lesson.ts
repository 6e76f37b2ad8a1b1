/** The second lesson follows two words through the moments of a timeline: chance, then neighbors. */
import type { App } from "../../app";
import { sortedIds } from "../../state/ids";
import { latestOnly } from "../../state/latest";
import { lossesOf, meaningSteps } from "../../state/lessons";
import { fallOf, metAt, type Pair } from "../../state/meaning-lesson";
import { errorText } from "../errors";
import { subscribe } from "../subscribe";
import type { Lesson } from "./lesson";
import { type Followed, meaningParts } from "./meaning-steps";
import { type Facts, factsOf, suggestedPairs } from "./pairs";
import { wordsStep } from "./words-step";

export function meaningLesson(app: App, changed: (areOthers: boolean) => void): Lesson {
  const { source, store, session, t } = app;
  const stepAt = (step: number) => meaningSteps(source.manifest)[step];
  const latest = latestOnly();
  const words = wordsStep(app, follow);
  const parts = meaningParts(app);
  let suggested: readonly Pair[] = [];
  let followed: Followed | null = null;
  let focus: 0 | 1 = 0;

  const isOpen = () => store.get().lesson !== null && store.get().lessonName === "meaning";

  function take(pair: Pair, facts: Facts | null): void {
    followed = { pair, facts };
    words.show(suggested, pair);
    parts.show(followed);
  }

  /** Another pair; the steps show the one before until all is known of it. */
  function follow(pair: Pair): void {
    void latest.ask((signal) => factsOf(app, pair, signal), {
      answer(facts) {
        take(pair, facts);
        if (isOpen()) changed(true);
      },
      failure: (error) => app.notify(errorText(store.get().lang, error.message)),
    });
  }

  /** What the reader chooses on the map or in a list is the first word; Back brings both. */
  function adopt(): void {
    if (followed === null || !isOpen()) return;
    const { chosen, compared } = store.get();
    const [a, b] = followed.pair;
    if (chosen === a && compared === b) return;
    if (chosen === null) mark(store.get().lesson!);
    else follow([chosen, compared !== null && compared !== chosen ? compared : chosen === b ? a : b]);
  }

  function mark(step: number): void {
    if (followed === null) return;
    const [chosen, compared] = followed.pair;
    store.set({ path: followed.pair, selected: sortedIds(followed.pair), chosen, compared });
    markMoment(step);
  }

  /** What the step says about a moment is marked in the curves. */
  function markMoment(step: number): void {
    const { facts } = followed ?? { facts: null };
    const marked = {
      loss: () => fallOf(lossesOf(source.manifest)).moment,
      meeting: () => facts && metAt(facts.similarities, facts.others.mean),
    };
    const name = stepAt(step);
    session.set({ markedMoment: name === "loss" || name === "meeting" ? marked[name]() : null });
  }

  function setFocus(index: 0 | 1): void {
    focus = index;
    changed(false);
  }

  subscribe(app, ["chosen", "compared"], adopt);
  app.onDestroy(latest.stop);

  return {
    get nSteps() {
      return meaningSteps(source.manifest).length;
    },
    label: (step) => t(`meaning.${stepAt(step)}.label`),
    head: (step) => parts.head(stepAt(step)),
    async load() {
      if (suggested.length === 0) suggested = await suggestedPairs(app);
      const { chosen, compared } = store.get();
      const isGiven = chosen !== null && compared !== null && chosen !== compared;
      const pair = isGiven ? ([chosen, compared] as const) : (followed?.pair ?? suggested[0]);
      latest.stop();
      take(pair, await factsOf(app, pair, new AbortController().signal));
    },
    body: (step) =>
      followed &&
      (stepAt(step) === "words" ? [words.element] : parts.body(stepAt(step), { ...followed, focus, setFocus })),
    enter(step) {
      if (stepAt(step) === "start" || stepAt(step) === "watch") store.set({ moment: 0, playing: false });
      markMoment(step);
    },
    mark,
    places: () => app.map.ways(followed?.pair ?? []),
  };
}
