/** The first lesson follows a few words from text to points. */
import type { App } from "../../app";
import type { Piece } from "../../data/source";
import { coveredTexts, FREQUENT, joined, placedTokens, presentable, tellingWords } from "../../state/examples";
import { lessonText, lessonTexts } from "../../state/first-lesson";
import { sortedIds } from "../../state/ids";
import { FIRST_STEPS } from "../../state/lessons";
import { type Example, stepBody } from "./first-steps";
import type { Lesson } from "./lesson";

/** This many tokens fit on the card; four words have more where tokens are characters or bytes. */
const AT_MOST = 6;

export function firstLesson(app: App, changed: (areOthers: boolean) => void): Lesson {
  const { store, t } = app;
  let example: Example | null = null;
  let focus = 0;

  function setFocus(index: number): void {
    focus = index;
    changed(false);
  }

  return {
    nSteps: FIRST_STEPS.length,
    label: (step) => t(`lesson.${FIRST_STEPS[step]}.label`),
    head: (step) => t(`lesson.${FIRST_STEPS[step]}.head`),
    async load() {
      example ??= await exampleOf(app);
    },
    body: (step) => example && stepBody(FIRST_STEPS[step], app, example, focus, setFocus),
    enter() {},
    mark() {
      if (example) store.set({ path: example.ids, selected: sortedIds(example.ids), chosen: example.ids[focus] });
    },
    places() {
      const all = app.map.coordinates();
      return Float32Array.from((example?.ids ?? []).flatMap((id) => [...all.subarray(3 * id, 3 * id + 3)]));
    },
  };
}

/** The lesson's text, its tokens and their vectors, all from the open table. */
async function exampleOf({ source, tokens, importance, store }: App): Promise<Example> {
  const { lang } = store.get();
  const isPlaced = placedTokens(await source.norms(), await source.undirected());
  const frequent = presentable(tokens, importance, isPlaced, FREQUENT).map((id) => tokens.token(id));
  const texts = lessonTexts((token) => tokens.id(token) !== null, frequent, lang);
  const found = source.manifest.tokenizer ? (await source.tokenize(joined(texts))).pieces : [];
  const covered = coveredTexts(texts, found).filter(({ pieces }) => pieces.every(({ id }) => isPlaced(id!)));
  const chosen = lessonText(covered, AT_MOST);
  const words = tellingWords(frequent, lang).filter((word) => tokens.id(word) !== null);
  const { text, pieces } = chosen ?? sideBySide((words.length > 1 ? words : frequent).slice(0, 4));
  const shown = pieces.slice(0, AT_MOST);
  const ids = shown.map(({ id }) => id!);
  const vectors = new Map<number, Float32Array>();
  if (source.manifest.hasVectors)
    await Promise.all([...new Set(ids)].map(async (id) => vectors.set(id, await source.vector(id))));
  return { text: text.slice(0, shown.at(-1)?.end), pieces: shown, ids, vectors };

  /** Tokens side by side, where no text can be tokenized. */
  function sideBySide(some: readonly string[]): { text: string; pieces: Piece[] } {
    let end = -1;
    const all = some.map((token): Piece => {
      const start = end + 1;
      end = start + token.length;
      return { start, end, token, id: tokens.id(token), known: true };
    });
    return { text: some.join(" "), pieces: all };
  }
}
