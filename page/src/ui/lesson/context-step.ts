/** One token in two texts that the reader can change: the same row, and what the network makes of it. */
import type { App } from "../../app";
import type { InTwoTexts, ModelToken } from "../../data/language-model";
import type { Piece } from "../../data/source";
import { coveredTexts, FREQUENT, joined } from "../../state/examples";
import { display } from "../../state/display";
import { latestOnly } from "../../state/latest";
import { differenceOf, isReadAlike, sharedTokens, TWO_MEANINGS, twoTexts } from "../../state/model-lesson";
import type { Lang } from "../../state/state";
import { decimal } from "../../state/numbers";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import type { Key } from "../i18n";
import { labeled, locale, localized, subscribe } from "../subscribe";
import { withMarks } from "../token-marks";
import "./context-step.css";

export interface ContextStep {
  readonly element: HTMLElement;
  /** Ask for all that is shown; `keeps`: the token of the address is compared, where both texts have it. */
  load(keeps: boolean): Promise<void>;
  /** Something in the address may have changed: ask again where it has. */
  follow(): void;
  /** The token that is compared; none where the texts share none. */
  ids(): readonly number[];
}

const FIELDS = ["model.context.first", "model.context.second"] as const;
const LONGEST = 300;
const PAUSE_MS = 300;
const DIGITS = 3;

type IdentifiedPiece = Piece & ModelToken;

interface Known {
  readonly texts: readonly [string, string];
  readonly tokens: readonly [readonly ModelToken[], readonly ModelToken[]];
  readonly shared: readonly ModelToken[];
  /** null: the texts share no token. */
  readonly found: InTwoTexts | null;
}

export function contextStep(app: App, changed: () => void): ContextStep {
  const { source, store, t } = app;
  const fields = FIELDS.map((key, at) => {
    const field = labeled(
      app,
      h("input", { class: "field", type: "text", maxlength: LONGEST, spellcheck: "false", autocomplete: "off" }),
      key,
    );
    field.addEventListener("input", () => typed(at, field.value));
    // The arrow keys move the cursor here, not the lesson.
    field.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation());
    return field;
  });
  const readings = fields.map(() => h("p", { class: "context-tokens" }));
  const choices = h("div", { class: "row wrap context-shared" });
  const result = h("dl", { class: "context-result" });
  const said = h("p", { role: "status" });
  const element = h(
    "div",
    { class: "lesson-words" },
    h("p", {}, localized(app, "model.context.body")),
    ...fields.map((field, at) => h("div", {}, field, readings[at])),
    choices,
    result,
    said,
  );
  const latest = latestOnly();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const examples = new Map<Lang, readonly [string, string]>();
  let known: Known | null = null;

  /** The reader's own texts; those that suit the model in place of empty ones. */
  function wanted(): readonly [string, string] {
    const { contexts, lang } = store.get();
    const own = examples.get(lang)!;
    return [contexts[0].trim() === "" ? own[0] : contexts[0], contexts[1].trim() === "" ? own[1] : contexts[1]];
  }

  function typed(at: number, text: string): void {
    const [a, b] = store.get().contexts;
    store.set({ contexts: at === 0 ? [text, b] : [a, text] });
  }

  async function ask(texts: readonly [string, string], preferred: number | null, signal: AbortSignal): Promise<Known> {
    const [a, b] = await Promise.all(
      texts.map(async (text) => ({ text, pieces: identified((await source.tokenize(text, signal)).pieces) })),
    );
    const shared = sharedTokens(a, b);
    const one = shared.find(({ id }) => id === preferred) ?? shared[0];
    const found = one ? await source.inTwoTexts(...texts, one.id, signal) : null;
    return { texts, tokens: [a.pieces, b.pieces], shared, found };
  }

  function take(answer: Known): void {
    known = answer;
    draw();
  }

  function draw(): void {
    if (known === null) return;
    const { found, texts, tokens } = known;
    const own = store.get().contexts;
    fields.forEach((field, at) => {
      field.placeholder = texts[at];
      if (field.value !== own[at]) field.value = own[at];
      if (own[at] === "" && document.activeElement !== field) field.value = texts[at];
    });
    drawShared();
    readings.forEach((reading, at) => fill(reading, ...readTokens(tokens[at], found?.positions[at])));
    fill(
      result,
      ...(found
        ? [value("model.context.rows", found.rowCosine), value("model.context.after", found.contextCosine)]
        : []),
    );
    fill(said, t(sentence(known)));
  }

  function drawShared(): void {
    const { shared: both, found } = known!;
    const focused = choices.contains(document.activeElement);
    const buttons = both.slice(0, 6).map(({ id }) =>
      h(
        "button",
        {
          type: "button",
          class: "button small",
          "aria-pressed": String(id === found?.token.id),
          onclick: () => store.set({ chosen: id }),
        },
        h("span", {}, ...withMarks(display(app.tokens.token(id)))),
      ),
    );
    fill(choices, both.length > 0 && h("span", { class: "muted small" }, t("model.context.shared")), ...buttons);
    if (focused) choices.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  }

  /** Those after the compared one are pale: the model does not read them for it. */
  function readTokens(tokens: readonly ModelToken[], position = tokens.length): HTMLElement[] {
    return tokens.map(({ id }, at) =>
      h(
        "span",
        { class: at === position ? "piece is-compared" : at > position ? "piece is-unread" : "piece" },
        ...withMarks(display(app.tokens.token(id))),
      ),
    );
  }

  const value = (key: Key, cosine: number) =>
    h("div", {}, h("dt", {}, t(key)), h("dd", { class: "number" }, decimal(locale(app), cosine, DIGITS)));

  function sentence({ found, tokens }: Known): Key {
    if (found === null) return "model.context.none";
    if (isReadAlike(tokens, found.positions)) return "model.context.alike";
    return `model.context.${differenceOf(found.contextCosine)}`;
  }

  subscribe(app, ["lang"], draw);
  app.onDestroy(() => {
    clearTimeout(timer);
    latest.stop();
  });

  return {
    element,
    async load(keeps) {
      const { lang } = store.get();
      if (!examples.has(lang)) examples.set(lang, await exampleTexts(app));
      const preferred = keeps ? store.get().chosen : (known?.found?.token.id ?? null);
      take(await ask(wanted(), preferred, new AbortController().signal));
    },
    follow() {
      if (known === null) return;
      const texts = wanted();
      const { chosen } = store.get();
      const isOther = known.shared.some(({ id }) => id === chosen) && chosen !== known.found?.token.id;
      const areOther = texts.some((text, at) => text !== known!.texts[at]);
      if (!isOther && !areOther) return;
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          void latest.ask((signal) => ask(texts, store.get().chosen, signal), {
            answer(answer) {
              take(answer);
              changed();
            },
            failure: (error) => app.notify(errorText(store.get().lang, error.message)),
          }),
        areOther ? PAUSE_MS : 0,
      );
    },
    ids: () => (known?.found ? [known.found.token.id] : []),
  };
}

/** Pieces that the vocabulary has, as the model reads them. */
function identified(pieces: readonly Piece[]): IdentifiedPiece[] {
  return pieces.filter((piece): piece is IdentifiedPiece => piece.id !== null);
}

async function exampleTexts({ source, tokens, importance, store }: App): Promise<readonly [string, string]> {
  const { lang } = store.get();
  // In the language of the page; of a model that does not know it, in the other one.
  const offered = [...TWO_MEANINGS[lang], ...TWO_MEANINGS[lang === "en" ? "ko" : "en"]];
  const texts = offered.flatMap((one) => one.texts);
  const frequent = Array.from(importance.subarray(0, FREQUENT), (id) => tokens.token(id));
  const { pieces } = await source.tokenize(joined(texts));
  return twoTexts(offered, coveredTexts(texts, pieces), frequent, lang);
}
