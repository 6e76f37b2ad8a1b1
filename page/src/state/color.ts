/** Values to colors: codes into a palette of 256, and the legend that explains them. */
import type { Clusters, Column } from "../data/source";
import { areYears } from "./columns";
import { SCRIPTS, scriptOf } from "./scripts";

export interface Legend {
  readonly title: string;
  readonly kind: "category" | "number";
  /** Of categories, the most frequent first: in which color, how many tokens, which. Colors are CSS. */
  readonly entries: readonly LegendEntry[];
  /** The categories that share one color, the most frequent first. */
  readonly others: readonly LegendEntry[];
  /** Of numbers: the ends of the scale, and the colors between as a CSS gradient. */
  readonly range: LegendRange | null;
}

export interface LegendRange {
  readonly from: number;
  readonly to: number;
  readonly gradient: string;
  /** The colors of the gradient, at equal distances. */
  readonly colors: readonly string[];
  /** Equal steps of color are equal factors. */
  readonly isLogarithmic: boolean;
  /** The numbers are years. */
  readonly areYears: boolean;
  /** Larger numbers have the color of the end. */
  readonly goesOn?: boolean;
}

export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly n: number;
  readonly ids: () => Uint32Array;
}

export interface Coloring {
  readonly codes: Uint8Array;
  /** 256 × RGB. */
  readonly palette: Uint8Array;
  readonly legend: Legend | null;
}

type RGB = readonly [number, number, number];

/**
 * Twelve colors distinct under all common kinds of color blindness (after M. Krzywinski's 12-color palette,
 * https://mk.bcgsc.ca/colorblind), ordered so that neighbors differ; lighter on a dark background.
 */
const TWELVE: Readonly<Record<"light" | "dark", readonly RGB[]>> = {
  light: rgbs("008169 8400cd c2410c 0075d9 a40122 b8860b ff3d9a 5b8c00 00a3c4 6b4f3a e2708a 3b3f8f"),
  dark: rgbs("00fccf ffb2fd ff6e3a 00c2f9 ffc33b ff5aaf 9fe04a a58bff ffdcb0 1fa187 e8738a 8fb4ff"),
};
const GRAY: Readonly<Record<"light" | "dark", RGB>> = { light: [128, 134, 145], dark: [120, 128, 142] };
const PLAIN: Readonly<Record<"light" | "dark", RGB>> = { light: [37, 99, 201], dark: [110, 168, 254] };

/** viridis (Smith and van der Walt 2015), nine stops: perceptually uniform, also for color-blind readers. */
const VIRIDIS = rgbs("440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 fde725");
/** The ends that vanish into the background are left out. */
const SHOWN: Readonly<Record<"light" | "dark", readonly [number, number]>> = { light: [0, 0.88], dark: [0.16, 1] };

/** From colors that vanish into the background to the strongest: what is nearest stands out, in both schemes. */
const NEARNESS: Readonly<Record<"light" | "dark", readonly RGB[]>> = {
  light: rgbs("e2e4ea dadde9 cbd1eb b0baec 8592e4 5566db 4430c0 4b0a6b"),
  dark: rgbs("24262d 2a2d3a 333a5c 475391 6474cb 97a6ff cfc4ff fff0c2"),
};

export type ColorScheme = "light" | "dark";

export function plain(n: number, scheme: ColorScheme): Coloring {
  return { codes: new Uint8Array(n), palette: palette([PLAIN[scheme]]), legend: null };
}

/**
 * Colors for numbers: even steps of the value, or of its logarithm. Values that are NaN, or not above 0 under
 * a logarithm, are gray.
 */
export function byNumber(
  values: ArrayLike<number>,
  title: string,
  logarithm: boolean,
  words: Words,
  scheme: ColorScheme,
): Coloring {
  const [from, to] = SHOWN[scheme];
  const ramp = (part: number) => mixed(VIRIDIS, from + part * (to - from));
  return onScale(values, title, { logarithm, ramp, leftOut: null }, words, scheme);
}

/** Colors for the similarities to the token `chosen`. Its own, which is 1, does not stretch the scale. */
export function bySimilarity(
  similarities: Float32Array,
  chosen: number,
  title: string,
  words: Words,
  scheme: ColorScheme,
): Coloring {
  const ramp = (part: number) => mixed(NEARNESS[scheme], part);
  return onScale(similarities, title, { logarithm: false, ramp, leftOut: chosen }, words, scheme);
}

/** The scale ends where this part of all lies below, so that a few that moved very far do not hide the others. */
const MOST = 0.99;

/** Where the scale of movements begins on the way from the background: what has not moved is faint, but there. */
const UNMOVED = 0.3;

/** Colors for movements: what moved far stands out. */
export function byMovement(values: ArrayLike<number>, title: string, words: Words, scheme: ColorScheme): Coloring {
  const sorted = Float32Array.from(values).filter(Number.isFinite).sort();
  const end = sorted.at(Math.floor(MOST * (sorted.length - 1))) ?? 0;
  const shown = end > 0 ? Float32Array.from(values, (value) => Math.min(value, end)) : values;
  const ramp = (part: number) => mixed(NEARNESS[scheme], UNMOVED + (1 - UNMOVED) * part);
  const coloring = onScale(shown, title, { logarithm: false, ramp, leftOut: null }, words, scheme);
  const { legend } = coloring;
  if (!legend?.range || !(sorted.at(-1)! > end)) return coloring;
  return { ...coloring, legend: { ...legend, range: { ...legend.range, goesOn: true } } };
}

interface Words {
  /** What tokens without a value are called. */
  readonly none: string;
}

interface Scale {
  readonly logarithm: boolean;
  /** The color of a part of the scale, 0 … 1. */
  readonly ramp: (part: number) => RGB;
  /** The id of a token that the scale need not reach. */
  readonly leftOut: number | null;
}

function onScale(
  values: ArrayLike<number>,
  title: string,
  { logarithm, ramp, leftOut }: Scale,
  words: Words,
  scheme: ColorScheme,
): Coloring {
  const n = values.length;
  const scale = (value: number) => (logarithm ? Math.log(value) : value);
  let low = Infinity;
  let high = -Infinity;
  for (let id = 0; id < n; id++) {
    const value = scale(values[id]);
    if (!Number.isFinite(value) || id === leftOut) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = high > low ? high - low : 1;
  /** Where on the scale a value is, 0 … 1: infinity at an end; NaN for no value. */
  const partOf = (value: number) => {
    if (value === Infinity) return 1;
    if (value === -Infinity && !logarithm) return 0;
    const scaled = scale(value);
    return Number.isFinite(scaled) ? Math.min(1, (scaled - low) / span) : NaN;
  };
  const codes = new Uint8Array(n);
  let nMissing = 0;
  for (let id = 0; id < n; id++) {
    const part = partOf(values[id]);
    codes[id] = Number.isNaN(part) ? 0 : 1 + Math.round(part * 254);
    if (codes[id] === 0) nMissing++;
  }
  const colors: RGB[] = [GRAY[scheme]];
  for (let step = 0; step < 255; step++) colors.push(ramp(step / 254));
  const back = (value: number) => (logarithm ? Math.exp(value) : value);
  const stops = [0, 0.25, 0.5, 0.75, 1].map((part) => css(ramp(part)));
  const gradient = `linear-gradient(to right, ${stops.join(", ")})`;
  const ends = { from: back(low), to: back(high) };
  const range = low <= high ? { ...ends, gradient, colors: stops, isLogarithmic: logarithm, areYears: false } : null;
  const missing = { label: words.none, color: css(colors[0]), n: nMissing, ids: () => idsOf(codes, 0) };
  const entries = nMissing ? [missing] : [];
  return { codes, palette: palette(colors), legend: { title, kind: "number", entries, others: [], range } };
}

/**
 * Colors for categories. Twelve are distinguishable, so the eleven with the most tokens get one each and the rest
 * share a gray one, named `others`, and are listed apart; with up to twelve each has its own. 0 is "no value", in gray:
 * `none`.
 */
export function byCategory(
  values: ArrayLike<number>,
  labels: readonly string[],
  title: string,
  words: { readonly none: string; readonly others: string },
  scheme: ColorScheme,
): Coloring {
  const n = values.length;
  const sizes = new Uint32Array(labels.length + 1);
  for (let id = 0; id < n; id++) sizes[values[id]]++;
  const order = labels.map((_, at) => at + 1).filter((value) => sizes[value] > 0);
  order.sort((a, b) => sizes[b] - sizes[a] || a - b);
  const own = order.length <= 12 ? order : order.slice(0, 11);
  const rest = order.slice(own.length);
  const codeOf = new Uint8Array(labels.length + 1);
  own.forEach((value, at) => (codeOf[value] = at + 1));
  for (const value of rest) codeOf[value] = 13;
  const codes = new Uint8Array(n);
  for (let id = 0; id < n; id++) codes[id] = codeOf[values[id]];
  const colors = [GRAY[scheme], ...TWELVE[scheme], GRAY[scheme]];
  const entry = (label: string, code: number, size: number): LegendEntry => ({
    label,
    color: css(colors[code]),
    n: size,
    ids: () => idsOf(codes, code),
  });
  const entries = own.map((value) => entry(labels[value - 1], codeOf[value], sizes[value]));
  if (rest.length)
    entries.push(
      entry(
        words.others,
        13,
        rest.reduce((sum, value) => sum + sizes[value], 0),
      ),
    );
  if (sizes[0]) entries.push(entry(words.none, 0, sizes[0]));
  const others = rest.map((value) => ({
    label: labels[value - 1],
    color: css(colors[13]),
    n: sizes[value],
    ids: () => idsOf(values, value),
  }));
  return { codes, palette: palette(colors), legend: { title, kind: "category", entries, others, range: null } };
}

/** The cluster of each token as values for `byCategory`, which keeps 0 for none. */
export function clusterValues({ codes }: Clusters): Uint8Array {
  return codes.map((code) => (code === 255 ? 0 : code + 1));
}

/** The script of each token as values for `byCategory`. */
export function scriptValues(tokens: { n: number; token(id: number): string }): Uint8Array {
  const numbers = new Map(SCRIPTS.map((script, at) => [script, at + 1]));
  const values = new Uint8Array(tokens.n);
  for (let id = 0; id < tokens.n; id++) values[id] = numbers.get(scriptOf(tokens.token(id)))!;
  return values;
}

export function byColumn(
  column: Column,
  words: { readonly none: string; readonly others: string },
  scheme: ColorScheme,
): Coloring {
  const { info, values } = column;
  if (info.kind === "number") {
    const { legend, ...colors } = byNumber(values, info.name, false, words, scheme);
    const range = legend?.range ? { ...legend.range, areYears: areYears(column) } : null;
    return { ...colors, legend: legend && { ...legend, range } };
  }
  return byCategory(values, info.labels, info.name, words, scheme);
}

function idsOf(codes: ArrayLike<number>, code: number): Uint32Array {
  const ids: number[] = [];
  for (let id = 0; id < codes.length; id++) if (codes[id] === code) ids.push(id);
  return Uint32Array.from(ids);
}

/** The color at a part, 0 … 1, of the way along `stops`. */
function mixed(stops: readonly RGB[], part: number): RGB {
  const place = part * (stops.length - 1);
  const at = Math.min(stops.length - 2, Math.floor(place));
  const channels = [0, 1, 2].map((c) => Math.round(stops[at][c] + (place - at) * (stops[at + 1][c] - stops[at][c])));
  return [channels[0], channels[1], channels[2]];
}

function palette(colors: readonly RGB[]): Uint8Array {
  const bytes = new Uint8Array(256 * 3);
  colors.slice(0, 256).forEach((color, at) => bytes.set(color, at * 3));
  return bytes;
}

export function css([red, green, blue]: RGB): string {
  return `rgb(${red} ${green} ${blue})`;
}

function rgbs(list: string): RGB[] {
  return list.split(" ").map((hex) => {
    const value = parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
}
