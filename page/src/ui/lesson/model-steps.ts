/** What the steps of the third lesson say, with the numbers of the text that it follows. */
import type { App } from "../../app";
import type { ModelToken, MovedRow, Score, TrainingStep } from "../../data/language-model";
import { heatLimit } from "../../state/heat";
import type { ModelStep } from "../../state/lessons";
import { dot, moveOf, shownRowsOf } from "../../state/model-lesson";
import { decimal, percent, significant } from "../../state/numbers";
import { type Child, h } from "../dom";
import { locale } from "../subscribe";
import { modelTokenName } from "../model-token";
import { withMarks } from "../token-marks";
import { type HeatRow, heatRows } from "./heat-rows";
import { code, paragraph } from "./parts";
import { tokenChip, tokensRead } from "./token-chip";
import "./model-steps.css";

/** Steps whose content is drawn anew each time. */
type Drawn = Exclude<ModelStep, "tokens" | "context">;

export interface ModelParts {
  /** All steps are about this one from now on. */
  show(step: TrainingStep): void;
  body(step: Drawn): Node[] | null;
  /** What stands out on the map in a step, the most important one last. */
  ids(step: ModelStep): readonly number[];
  /** The tokens of the text that are shown, in reading order. */
  path(): readonly number[];
}

const DIGITS = 3;
/** As many scores are listed, and the one of the target. */
const LISTED = 5;

export function modelParts(app: App): ModelParts {
  const { source, t } = app;
  const { nTokens, dim } = source.manifest;
  const charts = { rows: heatRows(app), network: heatRows(app), scores: heatRows(app), step: heatRows(app) };
  let step: TrainingStep | null = null;

  const number = (value: number) => decimal(locale(app), value, DIGITS);
  const share = (value: number) => percent(locale(app), value);
  const name = ({ id }: ModelToken) => modelTokenName(app, id);
  const marked = (one: ModelToken): Child[] => withMarks(name(one));

  const rowOf = (table: "input" | "output", id: number): MovedRow | undefined =>
    step!.rows.find((row) => row.table === table && row.id === id);

  /** The last token that is read; null: only the beginning of the text. */
  const lastRead = () => step!.tokens.at(-1) ?? null;

  /** In its own colors: vectors of different tables differ in size. */
  function vectorRow(label: string, values: ArrayLike<number>): HeatRow {
    return { label: [label], name: label, values, limit: heatLimit(values) };
  }

  function inputRows(): HeatRow[] {
    return tokensRead(step!).tokens.flatMap((one) => {
      const row = rowOf("input", one.id);
      return row ? [{ label: [h("span", { class: "cut" }, ...marked(one))], name: name(one), values: row.before }] : [];
    });
  }

  /** The vector after the network, an output row, and their products, whose sum is the score. */
  function productRows(row: MovedRow): HeatRow[] {
    const { hidden } = step!;
    const products = hidden.map((value, d) => value * row.before[d]);
    return [
      vectorRow(t("model.scores.vector"), hidden),
      vectorRow(t("model.scores.row", { token: name(row) }), row.before),
      vectorRow(t("model.scores.product"), products),
    ];
  }

  /** A row before and after, in the same colors, and the difference, in stronger ones. */
  function movedRows(row: MovedRow): HeatRow[] {
    const { difference } = moveOf(row, step!.hidden);
    const limit = heatLimit([...row.before, ...row.after]);
    const of = (label: string) => ({
      label: [label],
      name: `${t(`model.step.${row.table}`, { token: name(row) })}, ${label}`,
    });
    return [
      { ...of(t("model.step.before")), values: row.before, limit, heading: moveText(row) },
      { ...of(t("model.step.after")), values: row.after, limit },
      { ...of(t("model.step.difference")), values: difference, limit: heatLimit(difference) },
    ];
  }

  /** Best first; the target is among them. */
  function listed(): Score[] {
    const { scores, target } = step!;
    const own = scores.filter(({ id }, at) => at < LISTED || id === target.id);
    return own;
  }

  function scoreTable(hasProbability: boolean): HTMLElement {
    const { target } = step!;
    const rows = listed();
    const largest = Math.max(...rows.map(({ probability }) => probability));
    const head = [
      t("model.scores.token"),
      t("model.scores.score"),
      ...(hasProbability ? [t("model.next.probability")] : []),
    ];
    return h(
      "table",
      { class: "model-scores number" },
      h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
      h(
        "tbody",
        {},
        ...rows.map((one, at) => {
          const bar = h("span", { class: "ranked-bar", "aria-hidden": "true" });
          bar.style.setProperty("--part", `${(100 * one.probability) / largest}%`);
          const cells = hasProbability ? [h("td", { class: "with-bar" }, bar, share(one.probability))] : [];
          return h(
            "tr",
            { class: one.id === target.id ? "is-target" : "" },
            h(
              "th",
              { scope: "row" },
              tokenChip(app, one, at),
              one.id === target.id && h("span", { class: "muted small" }, t("model.scores.target")),
            ),
            h("td", {}, number(one.score)),
            ...cells,
          );
        }),
      ),
    );
  }

  function expectation(): string {
    const { scores, target } = step!;
    const [best] = scores;
    const given = scores.find(({ id }) => id === target.id)!;
    const values = {
      best: name(best),
      share: share(best.probability),
      target: name(target),
      given: share(given.probability),
    };
    return t(best.id === target.id ? "model.next.right" : "model.next.other", values);
  }

  /** What the step did to the loss, with its numbers. */
  function lossText(): string {
    const { loss, lossAfter, learningRate } = step!;
    const values = { from: number(loss), to: number(lossAfter), rate: significant(locale(app), learningRate, 2) };
    if (number(loss) === number(lossAfter)) return t("model.step.same", values);
    return t(lossAfter < loss ? "model.step.fell" : "model.step.rose", values);
  }

  /** How the score of a row with the same vector has changed. */
  function moveText(row: MovedRow): string {
    const { share: moved, scoreBefore, scoreAfter } = moveOf(row, step!.hidden);
    const values = { token: name(row), from: number(scoreBefore), to: number(scoreAfter), share: share(moved) };
    if (row.table === "input") return t("model.step.moved", values);
    if (values.from === values.to) return t("model.step.kept", values);
    return t(scoreAfter > scoreBefore ? "model.step.nearer" : "model.step.farther", values);
  }

  const bodies: Readonly<Record<Drawn, () => Node[]>> = {
    rows: () => {
      const rows = inputRows();
      charts.rows.show(rows);
      const body = paragraph(t("model.rows.body", { n: nTokens, dim }));
      return rows.length > 0
        ? [body, charts.rows.element, paragraph(t("model.rows.why"))]
        : [body, paragraph(t("model.rows.none"))];
    },

    network: () => {
      const last = lastRead();
      const row = last && rowOf("input", last.id);
      charts.network.show([
        ...(row ? [vectorRow(t("model.network.row", { token: name(row) }), row.before)] : []),
        vectorRow(t("model.network.after"), step!.hidden),
      ]);
      return [
        paragraph(t("model.network.body")),
        charts.network.element,
        paragraph(last ? t("model.network.last", { token: name(last) }) : t("model.network.none")),
      ];
    },

    scores: () => {
      const best = step!.scores[0];
      const row = rowOf("output", best.id);
      if (row) charts.scores.show(productRows(row));
      const sum = row && t("model.scores.sum", { token: name(best), score: number(dot(row.before, step!.hidden)) });
      return [
        paragraph(t("model.scores.body", { n: nTokens })),
        ...(sum ? [charts.scores.element, paragraph(sum)] : []),
        scoreTable(false),
      ];
    },

    next: () => [
      paragraph(t("model.next.body", { n: nTokens })),
      scoreTable(true),
      paragraph(expectation()),
      paragraph(t("model.next.loss", { loss: number(step!.loss) })),
    ],

    step: () => {
      const { input, target, other } = shownRowsOf(step!);
      const all = [target, other, input].filter((row) => row !== null);
      charts.step.show(all.flatMap(movedRows));
      return [
        paragraph(t("model.step.body", { target: name(step!.target) })),
        paragraph(lossText()),
        charts.step.element,
        paragraph(t("model.step.tables")),
      ];
    },

    own: () => [
      paragraph(t("model.own.body")),
      code("tovec train my.txt \\\n  --objective language-model --out mine\ntovec view mine"),
      paragraph(t("model.own.predict")),
      code('tovec predict mine "the"\ntovec predict mine "the" --generate 50'),
    ],
  };

  return {
    show(next) {
      step = next;
    },
    body: (at) => (step === null ? null : bodies[at]()),
    ids(at) {
      const read = tokensRead(step!).tokens.map(({ id }) => id);
      const best = step!.scores[0].id;
      const last: Readonly<Partial<Record<ModelStep, readonly number[]>>> = {
        scores: [best],
        next: [step!.target.id, best],
        step: [best, step!.target.id],
      };
      return [...read, ...(last[at] ?? (read.length > 0 ? [] : [step!.target.id]))];
    },
    path: () => tokensRead(step!).tokens.map(({ id }) => id),
  };
}
