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
  const key = NAMES[info.name];
  if (key === undefined) return info;
  const labels = info.labels.map((label) => (label in LABELS ? app.t(LABELS[label]) : label));
  return { ...info, name: app.t(key), labels };
}

export function localColumn(app: App, column: Column): Column {
  return { ...column, info: localInfo(app, column.info) };
}
