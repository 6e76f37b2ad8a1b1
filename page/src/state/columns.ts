/** The values of metadata as text, and which tokens have a given one. */
import type { Column, ColumnInfo } from "../data/source";
import { fold } from "./folded";
import type { BadPattern } from "./search";

/** The column of how much each token looks under-trained, which a page of suspects begins with. */
export const SUSPICION = "suspicion";
/** The column of the place of each suspect among all, from 1, the most suspect first. */
export const SUSPECT_RANK = "suspect rank";

/** The column by which lists of tokens are ordered; null: the tokens have an order of their own. */
export function rankColumn(columns: readonly ColumnInfo[]): number | null {
  const at = columns.findIndex(({ name, kind }) => name === SUSPECT_RANK && kind === "number");
  return at < 0 ? null : at;
}

/** Ascending `ids` in the order of their `ranks`, then those without one. */
export function byRank(ids: Uint32Array, { values }: Column): Uint32Array {
  const rank = (id: number) => (Number.isNaN(values[id]) ? Infinity : values[id]);
  return ids.slice().sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
}

/** The value of a token as text; null where it has none. */
export function valueText({ info, values }: Column, id: number): string | null {
  const value = values[id];
  if (info.kind === "category") return value === 0 ? null : info.labels[value - 1];
  if (Number.isNaN(value)) return null;
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : `${value < 0 ? "-" : ""}∞`;
}

/** What columns of years are called, as a word of the name. */
const YEAR = /(?<!\p{L})years?(?!\p{L})|[연년]도/iu;

/** Whether a column holds years, which are read without a mark between thousands. */
export function areYears({ info, values }: Column): boolean {
  if (info.kind !== "number" || !YEAR.test(info.name)) return false;
  return values.every((value) => Number.isNaN(value) || (Number.isInteger(value) && value >= 1000 && value <= 2999));
}

/**
 * The ids of the tokens whose value matches `text`, ascending. Categories: those that contain it, ignoring case, or
 * match it as a pattern. Numbers: 3, =3, >3, <=3 or ≤3, 1..3; what is not a number yet finds nothing.
 */
export function searchColumn(column: Column, text: string, regex: boolean): Uint32Array | BadPattern {
  const matches = column.info.kind === "number" ? numberTest(text) : categoryTest(column.info.labels, text, regex);
  if ("error" in matches) return matches;
  const found: number[] = [];
  for (let id = 0; id < column.values.length; id++) if (matches(column.values[id])) found.push(id);
  return Uint32Array.from(found);
}

type Test = (value: number) => boolean;

function numberTest(text: string): Test {
  const ends = text.split("..").map(float32);
  if (ends.length === 2) return (value) => value >= ends[0] && value <= ends[1];
  const [, sign, typed] = /^\s*(<=|≤|>=|≥|<|>|=|)(.*)$/s.exec(text)!;
  const number = float32(typed);
  if (sign === ">") return (value) => value > number;
  if (sign === "<") return (value) => value < number;
  if (sign === ">=" || sign === "≥") return (value) => value >= number;
  if (sign === "<=" || sign === "≤") return (value) => value <= number;
  return (value) => value === number || (isNear(value, number) && isShownAs(value, number));
}

/** How many digits of a value the inspector and the labels show, so that what they show finds it. */
const SHOWN_DIGITS = [6, 7];

function isShownAs(value: number, number: number): boolean {
  return SHOWN_DIGITS.some((digits) => Math.fround(Number(value.toPrecision(digits))) === number);
}

/** Cheaper than writing all values. */
function isNear(value: number, number: number): boolean {
  return Math.abs(value - number) < 1e-5 * Math.abs(number);
}

/** The number that is typed, also as the page writes it, rounded as the values are; NaN for none. */
function float32(text: string): number {
  const plain = text
    .replaceAll("\u2212", "-")
    .replaceAll("∞", "Infinity")
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "");
  return plain.trim() === "" ? NaN : Math.fround(Number(plain));
}

function categoryTest(labels: readonly string[], text: string, regex: boolean): Test | BadPattern {
  const folded = fold(text);
  let matches = (label: string) => fold(label).includes(folded);
  if (regex) {
    try {
      const pattern = new RegExp(text, "iu");
      matches = (label) => pattern.test(label);
    } catch (error) {
      return { error: (error as Error).message };
    }
  }
  const isMatch = Uint8Array.from([0, ...labels.map((label) => Number(matches(label)))]);
  return (code) => isMatch[code] === 1;
}
