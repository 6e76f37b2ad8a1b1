/** The columns that tovec itself adds to the metadata, in the language of the page; a person's own keep their names. */
import type { App } from "../app";
import type { Column, ColumnInfo } from "../data/source";
import { SUSPECT_RANK, SUSPICION } from "../state/columns";
import type { Key } from "./i18n";

/** Names and labels as `Suspects.columns` of tovec/measures/suspects.py writes them. */
const NAMES: Readonly<Record<string, Key>> = {
  [SUSPICION]: "column.suspicion",
  suspects: "column.suspects",
  [SUSPECT_RANK]: "column.suspectRank",
};
const LABELS: Readonly<Record<string, Key>> = {
  suspect: "column.suspects.suspect",
  "reference row": "column.suspects.reference",
};

export function localInfo(app: App, info: ColumnInfo): ColumnInfo {
  const ofTwo = infoOfComparison(app, info);
  if (ofTwo !== null) return ofTwo;
  const key = NAMES[info.name];
  if (key === undefined) return info;
  const labels = info.labels.map((label) => (label in LABELS ? app.t(LABELS[label]) : label));
  return { ...info, name: app.t(key), labels };
}

export function localColumn(app: App, column: Column): Column {
  return { ...column, info: localInfo(app, column.info) };
}

/** Those of two tables that are compared; null for any other column. */
function infoOfComparison({ source, t }: App, info: ColumnInfo): ColumnInfo | null {
  const { comparison, columns } = source.manifest;
  if (!comparison) return null;
  const { names, columns: own } = comparison;
  const at = columns.indexOf(info);
  if (at === own.movement) return { ...info, name: t("column.movement") };
  if (at === own.cosine) return { ...info, name: t("column.cosine") };
  if (at === own.noise) return { ...info, name: t("column.noise") };
  const side = own.counts.indexOf(at);
  if (side >= 0) return { ...info, name: t("column.countIn", { name: names[side] }) };
  if (at !== own.where) return null;
  const labels = [t("where.both"), ...names.map((name) => t("where.only", { name }))];
  return { ...info, name: t("column.where"), labels };
}
