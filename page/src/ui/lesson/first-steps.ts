/** The content of each step of the first lesson, with the numbers of the open table. */
import type { App } from "../../app";
import type { Piece } from "../../data/source";
import { display } from "../../state/display";
import { shownNumbers, shownRows, WHOLE } from "../../state/first-lesson";
import type { FirstStep } from "../../state/lessons";
import { columnFormat } from "../../state/numbers";
import { segments } from "../../state/pieces";
import { momentsOf } from "../../state/timeline";
import { type Child, h } from "../dom";
import { coordinateFormat, coordinatesOf } from "../coordinates";
import { withMarks } from "../token-marks";
import type { Key } from "../i18n";
import { locale } from "../subscribe";
import { code, paragraph } from "./parts";
import "../text/pieces.css";
import "./first-steps.css";

/** The text of the lesson, its tokens and their vectors. */
export interface Example {
  readonly text: string;
  /** All are known and have an id. */
  readonly pieces: readonly Piece[];
  readonly ids: readonly number[];
  /** By id; empty where the file holds no vectors. */
  readonly vectors: ReadonlyMap<number, Float32Array>;
}

interface Shown {
  readonly app: App;
  readonly example: Example;
  /** The index of the piece that the lesson follows. */
  readonly focus: number;
  readonly tints: readonly number[];
  readonly setFocus: (index: number) => void;
}

const LARGE_MODEL = 262_144;
const ROOM = 4;
const METHODS = { pca: "PCA", umap: "UMAP", tsne: "t-SNE" } as const;

export function stepBody(
  step: FirstStep,
  app: App,
  example: Example,
  focus: number,
  setFocus: (index: number) => void,
): Node[] {
  const tints = example.pieces.map(() => 0);
  for (const { pieces, tint } of segments(example.text, example.pieces))
    for (const index of pieces) tints[index] = tint;
  return STEP_BODIES[step]({ app, example, focus, tints, setFocus });
}

const STEP_BODIES: Readonly<Record<FirstStep, (shown: Shown) => Node[]>> = {
  text: ({ app, example }) => [paragraph(app.t("lesson.text.body")), h("p", { class: "lesson-text" }, example.text)],

  tokens: ({ app, example }) => [
    paragraph(app.t(app.source.manifest.tokenizer ? "lesson.tokens.body" : "lesson.tokens.taken", { n: app.tokens.n })),
    h(
      "p",
      { class: "lesson-text" },
      ...segments(example.text, example.pieces).map(({ shown, pieces, tint }) =>
        pieces.length
          ? h(
              "span",
              { class: `piece tint-${tint}` },
              ...withMarks(shown),
              pieces.length > 1 ? h("sup", {}, pieces.length) : null,
            )
          : h("span", { class: "muted" }, shown),
      ),
    ),
  ],

  ids: (shown) => [
    paragraph(shown.app.t("lesson.ids.body")),
    h(
      "div",
      { class: "lesson-pairs" },
      ...shown.example.pieces.map((_, index) =>
        h(
          "div",
          {},
          chip(shown, index),
          h("span", { class: "lesson-arrow", "aria-hidden": "true" }, "↓"),
          idChip(shown, index),
        ),
      ),
    ),
  ],

  oneHot: (shown) => {
    const { app } = shown;
    const n = app.tokens.n;
    return [
      paragraph(app.t("lesson.oneHot.body", { n })),
      h(
        "div",
        { class: "lesson-hots" },
        ...shown.example.pieces.flatMap((_, index) => [chip(shown, index), oneHot(shown, index)]),
      ),
      paragraph(app.t(costKey(n), { n, large: LARGE_MODEL })),
      paragraph(app.t("lesson.oneHot.apart")),
    ];
  },

  vector: (shown) => {
    const { app, example } = shown;
    const { dim } = app.source.manifest;
    const body = paragraph(app.t("lesson.vector.body", { n: app.tokens.n, dim }));
    if (example.vectors.size === 0) return [body, paragraph(app.t("lesson.vector.missing"))];
    return [body, chips(shown), product(shown)];
  },

  point: (shown) => {
    const { app } = shown;
    const parts: Node[] = [paragraph(howProjected(app)), ...coordinates(shown)];
    const { manifest } = app.source;
    const hasMoments = momentsOf(manifest).length > 0;
    // What was trained has counts or moments, or comes from a file of vectors, which says nothing of its tokenizer.
    const { hasCounts, tokenizer } = manifest;
    const untrained = app.tokens.n <= WHOLE && !hasCounts && !hasMoments && tokenizer !== null;
    parts.push(paragraph(app.t(untrained ? "lesson.point.random" : "lesson.point.trained")));
    parts.push(code("tovec train my.txt --out mine\ntovec view mine"));
    if (!hasMoments) parts.push(paragraph(app.t("lesson.point.timeline")));
    return parts;
  },
};

/** A token; pressing it makes the lesson follow this one. */
function chip({ app, example, focus, tints, setFocus }: Shown, index: number): HTMLElement {
  const { token, id } = example.pieces[index];
  return h(
    "button",
    {
      type: "button",
      class: `piece lesson-chip tint-${tints[index]}`,
      "data-focus": index,
      "aria-pressed": String(index === focus),
      onclick: () => setFocus(index),
      onpointerenter: () => app.store.set({ hovered: id }),
      onpointerleave: () => app.store.set({ hovered: null }),
    },
    ...withMarks(display(token)),
  );
}

function chips(shown: Shown): HTMLElement {
  return h("div", { class: "row wrap" }, ...shown.example.pieces.map((_, index) => chip(shown, index)));
}

function idChip({ example, tints }: Shown, index: number): HTMLElement {
  return h("span", { class: `text-id tint-${tints[index]}` }, example.ids[index]);
}

/** What is compared with a table of `n` words: one of more words, or one of four. */
function costKey(n: number): Key {
  if (n > 4) return "lesson.oneHot.cost";
  return n === 4 ? "lesson.oneHot.four" : "lesson.oneHot.few";
}

/** A short one in full; a long one as a line with one mark at its true place. */
function oneHot({ app, example, tints }: Shown, index: number): HTMLElement {
  const id = example.ids[index];
  const n = app.tokens.n;
  const name = app.t("lesson.oneHot.name", { n, id: String(id) });
  if (n <= WHOLE) {
    const cells = Array.from({ length: n }, (_, at) =>
      h("span", { class: at === id ? `hot tint-${tints[index]}` : "" }, at === id ? 1 : 0),
    );
    return h("div", { class: "one-hot", role: "img", "aria-label": name }, ...cells);
  }
  const mark = h("span", { class: `hot tint-${tints[index]}` }, "1");
  mark.style.setProperty("left", `${((id + 0.5) / n) * 100}%`);
  return h(
    "div",
    { class: "one-hot long", role: "img", "aria-label": name },
    h("span", {}, "0"),
    mark,
    h("span", {}, "0"),
  );
}

/** The one-hot vector beside the table, the row that it picks, and the product. */
function product(shown: Shown): HTMLElement {
  const { app, example, focus, tints } = shown;
  const { dim } = app.source.manifest;
  const n = shownNumbers(dim, ROOM);
  const left = dim > n ? "…" : null;
  const chosen = example.ids[focus];
  const tint = `tint-${tints[focus]}`;
  const number = vectorFormat(shown);
  const rest = (text: Child) => (left ? h("td", { class: "muted" }, text) : null);
  const row = (id: number | null): HTMLElement => {
    if (id === null)
      return h(
        "tr",
        { class: "muted" },
        h("th", {}, "⋮"),
        h("td", { class: "hot-digit" }, "⋮"),
        ...Array.from({ length: n }, () => h("td", {}, "⋮")),
        rest(""),
      );
    const vector = example.vectors.get(id);
    const numbers = Array.from({ length: n }, (_, at) => h("td", {}, vector ? number(vector[at]) : "·"));
    const isChosen = id === chosen;
    return h(
      "tr",
      { class: isChosen ? `picked ${tint}` : "" },
      h("th", { scope: "row" }, h("span", { class: "cut" }, display(app.tokens.token(id)))),
      h("td", { class: "hot-digit" }, isChosen ? 1 : 0),
      ...numbers,
      rest("…"),
    );
  };
  const vector = example.vectors.get(chosen)!;
  const result = Array.from(vector.subarray(0, n), (value) => h("td", {}, number(value)));
  return h(
    "table",
    { class: "lesson-product number" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td"),
        h("th", { scope: "col" }, app.t("lesson.oneHot.label")),
        h(
          "th",
          { scope: "colgroup", colspan: n + (left ? 1 : 0) },
          app.t("lesson.vector.table", { n: app.tokens.n, dim }),
        ),
      ),
    ),
    h("tbody", {}, ...shownRows(example.ids, app.tokens.n).map(row)),
    h(
      "tfoot",
      {},
      h(
        "tr",
        { class: tint },
        h("th", { scope: "row" }, h("span", { class: "cut" }, display(app.tokens.token(chosen)))),
        h("td", {}, "="),
        ...result,
        rest("…"),
      ),
    ),
  );
}

function howProjected({ t, source, store }: App): string {
  const { method, dims } = store.get();
  const { dim } = source.manifest;
  if (method === "axes") return t("lesson.point.axes", { dim });
  if (method !== "none") return t("lesson.point.projected", { dim, dims, method: METHODS[method] });
  if (dim === 1) return t("lesson.point.line");
  return dim > dims ? t("lesson.point.first", { dim, dims }) : t("lesson.point.asIs", { dim });
}

/** How the numbers of the lesson's vectors are written. */
function vectorFormat({ app, example }: Shown): (value: number) => string {
  return columnFormat(
    locale(app),
    [...example.vectors.values()].flatMap((vector) => [...vector]),
  );
}

/** The coordinates of the tokens on the map; nothing before the first projection. */
function coordinates(shown: Shown): HTMLElement[] {
  const { app, example } = shown;
  const { points } = app.session.get();
  if (points === null) return [];
  const { dim } = app.source.manifest;
  // Dimensions that are drawn as they are are written as in the step before.
  const isVector = app.store.get().method === "none" && example.vectors.size > 0;
  const number = isVector ? vectorFormat(shown) : coordinateFormat(app, points);
  const axes = ["x", "y", "z"].slice(0, Math.min(points.dims, dim));
  const rows = example.pieces.map((_, index) =>
    h(
      "tr",
      { class: index === shown.focus ? `picked tint-${shown.tints[index]}` : "" },
      h("th", { scope: "row" }, chip(shown, index)),
      ...coordinatesOf(points, example.ids[index], dim).map((value) => h("td", {}, number(value))),
    ),
  );
  const table = h(
    "table",
    { class: "lesson-points number" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td", { class: "muted" }, app.t("lesson.point.drawn")),
        ...axes.map((axis) => h("th", { scope: "col" }, axis)),
      ),
    ),
    h("tbody", {}, ...rows),
  );
  return [table];
}
