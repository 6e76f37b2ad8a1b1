/** What was compared, and what came out: coordinates, scale, how many moved. */
import type { App } from "../../app";
import type { ComparisonInfo } from "../../data/source";
import { count, decimal, percent, significant } from "../../state/numbers";
import { fill, h } from "../dom";
import { knownError } from "../errors";
import { locale, localized, subscribe } from "../subscribe";
import "./comparison.css";

/** A scale that differs from 1 by less than this is none. */
const NO_SCALE = 5e-4;

/** null: no tables are compared. */
export function comparisonSummary(app: App): HTMLElement | null {
  const { comparison } = app.source.manifest;
  if (!comparison) return null;
  const names = h(
    "p",
    { class: "comparison-names" },
    h("strong", {}, comparison.names[0]),
    " → ",
    h("strong", {}, comparison.names[1]),
  );
  const facts = h("dl", { class: "facts" });
  const notes = h("div", { class: "stack" });
  subscribe(app, ["lang"], () => {
    fill(facts, ...factsOf(app, comparison));
    fill(notes, ...notesOf(app, comparison).map((text) => h("p", { class: "message" }, text)));
  });
  const title = h("h2", { class: "panel-title" }, localized(app, "comparison.title"));
  return h("section", { class: "panel comparison" }, title, names, facts, notes);
}

/** "20 of 10,000 tokens moved beyond noise" */
export function movedText(app: App, { isEqual, nMoved, nCommon }: ComparisonInfo): string {
  return isEqual ? app.t("comparison.equal") : app.t("comparison.movedOf", { n: nMoved, common: nCommon });
}

function factsOf(app: App, info: ComparisonInfo): HTMLElement[] {
  const number = (n: number) => h("span", { class: "number" }, count(locale(app), n));
  const fact = (name: string, ...value: (HTMLElement | string)[]) => [h("dt", {}, name), h("dd", {}, ...value)];
  const share = info.nCommon > 0 ? percent(locale(app), info.nMoved / info.nCommon) : "";
  return [
    ...fact(app.t("comparison.common"), number(info.nCommon)),
    ...fact(app.t("comparison.removed", { name: info.names[0] }), number(info.nRemoved)),
    ...fact(app.t("comparison.added", { name: info.names[1] }), number(info.nAdded)),
    ...fact(
      app.t("comparison.moved"),
      number(info.nMoved),
      h("span", { class: "muted small" }, app.t("inspector.share", { share })),
    ),
    ...fact(
      app.t("comparison.coordinates"),
      app.t(`coordinates.${info.coordinates}`),
      h("span", { class: "muted small" }, cosinesText(app, info)),
    ),
    ...fact(app.t("comparison.scale"), scaleText(app, info.scale)),
  ];
}

/** By how near tokens lie to themselves it was decided whether the tables share their coordinates. */
function cosinesText(app: App, { cosineAsIs, cosineRotated }: ComparisonInfo): string {
  const written = (value: number) => decimal(locale(app), value, 2);
  const asIs = cosineAsIs === null ? "" : app.t("comparison.cosineAsIs", { value: written(cosineAsIs) });
  const rotated = cosineRotated === null ? "" : app.t("comparison.cosineRotated", { value: written(cosineRotated) });
  return [asIs, rotated].filter(Boolean).join("; ");
}

function scaleText(app: App, scale: number): string {
  return Math.abs(scale - 1) < NO_SCALE ? app.t("comparison.noScale") : `× ${significant(locale(app), scale)}`;
}

function notesOf(app: App, { isEqual, coordinates, noise, matched }: ComparisonInfo): string[] {
  const known = (line: string) => knownError(app.store.get().lang, line) ?? line;
  return [
    isEqual ? app.t("comparison.equal") : "",
    coordinates === "rotated" ? app.t("comparison.wasRotated") : "",
    coordinates === "unrelated" ? app.t("comparison.isUnrelated") : "",
    isEqual || !noise ? "" : app.t("comparison.noise", { noise: known(noise) }),
    matched && app.t("comparison.matched", { how: known(matched) }),
  ].filter(Boolean);
}
