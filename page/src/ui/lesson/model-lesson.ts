/** The third lesson follows a text through a language model: rows, network, scores, and what one step moves. */
import type { App } from "../../app";
import type { TrainingStep } from "../../data/language-model";
import { coveredTexts, FREQUENT, joined, sentences } from "../../state/examples";
import { sortedIds } from "../../state/ids";
import { latestOnly } from "../../state/latest";
import { modelSteps } from "../../state/lessons";
import type { Lang } from "../../state/state";
import { modelText, ofText } from "../../state/model-lesson";
import { errorText } from "../errors";
import { subscribe } from "../subscribe";
import { contextStep } from "./context-step";
import type { Lesson } from "./lesson";
import { modelParts } from "./model-steps";
import { textStep } from "./text-step";

/** A pause in typing after which the model is asked. */
const PAUSE_MS = 300;
/** An example of more tokens does not fit on the card. */
const AT_MOST = 6;

export function modelLesson(app: App, changed: (areOthers: boolean) => void): Lesson {
  const { source, store, t } = app;
  const stepAt = (step: number) => modelSteps(source.manifest)[step];
  const text = textStep(app);
  const parts = modelParts(app);
  const contexts = contextStep(app, () => isOpen() && changed(false));
  const latest = latestOnly();
  let step: TrainingStep | null = null;
  const examples = new Map<Lang, string>();
  let followed = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isOpen = () => store.get().lesson !== null && store.get().lessonName === "model";
  const isContext = () => isOpen() && stepAt(store.get().lesson!) === "context";

  /** The reader's own text; else one that suits the model. */
  const wanted = () => (store.get().text.trim() === "" ? examples.get(store.get().lang)! : store.get().text);

  function take(of: string, answer: TrainingStep): void {
    const { endOfText } = source.manifest.languageModel!;
    followed = of;
    step = { ...answer, tokens: ofText(answer.tokens, endOfText) };
    text.show(of, step);
    parts.show(step);
  }

  function stop(): void {
    clearTimeout(timer);
    latest.stop();
  }

  /** The steps show the text before until all is known of the one that is typed. */
  function follow(): void {
    if (step === null || !isOpen()) return;
    stop();
    const next = wanted();
    text.fail("");
    if (next === followed) return;
    timer = setTimeout(() => {
      void latest.ask((signal) => source.trainingStep(next, signal), {
        answer(answer) {
          take(next, answer);
          if (isOpen()) changed(true);
        },
        failure: (error) => text.fail(errorText(store.get().lang, error.message)),
      });
    }, PAUSE_MS);
  }

  function adopt(): void {
    if (isContext()) contexts.follow();
  }

  async function load(): Promise<void> {
    stop();
    const { lang } = store.get();
    if (!examples.has(lang)) examples.set(lang, await exampleText(app));
    const next = wanted();
    await contexts.load(isContext());
    if (step === null || next !== followed) take(next, await source.trainingStep(next));
  }

  /** The examples are in the language of the page. */
  function translate(): void {
    if (step === null || !isOpen()) return;
    load().then(
      () => isOpen() && changed(true),
      (error: unknown) => app.notify(errorText(store.get().lang, (error as Error).message)),
    );
  }

  subscribe(app, ["text"], follow);
  subscribe(app, ["lang"], translate);
  subscribe(app, ["contexts", "chosen"], adopt);
  app.onDestroy(stop);

  function mark(at: number): void {
    if (step === null) return;
    const name = stepAt(at);
    const ids = name === "context" ? contexts.ids() : parts.ids(name);
    const chosen = ids.at(-1) ?? store.get().chosen;
    store.set({ path: name === "context" ? [] : parts.path(), selected: sortedIds(ids), chosen });
  }

  return {
    get nSteps() {
      return modelSteps(source.manifest).length;
    },
    label: (at) => t(`model.${stepAt(at)}.label`),
    head: (at) => t(`model.${stepAt(at)}.head`),
    load,
    body(at) {
      if (step === null) return null;
      const name = stepAt(at);
      if (name === "tokens") return [text.element];
      return name === "context" ? [contexts.element] : parts.body(name);
    },
    enter(at) {
      mark(at);
    },
    mark,
    places() {
      const all = app.map.coordinates();
      const { selected } = store.get();
      return Float32Array.from([...selected].flatMap((id) => [...all.subarray(3 * id, 3 * id + 3)]));
    },
  };
}

async function exampleText({ source, tokens, importance, store }: App): Promise<string> {
  const { lang } = store.get();
  const texts = sentences(lang);
  const frequent = Array.from(importance.subarray(0, FREQUENT), (id) => tokens.token(id));
  const { pieces } = await source.tokenize(joined(texts));
  return modelText(coveredTexts(texts, pieces), frequent, lang, AT_MOST);
}
