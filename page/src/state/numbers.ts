/** Numbers as people read them. All numbers that the page shows are formatted here, so that none has thirty digits. */
const formats = new Map<string, Intl.NumberFormat>();

/** Creating a format takes longer than using it a hundred times. */
function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.NumberFormat(locale, { signDisplay: "negative", ...options })));
  return made;
}

/** From here on a number is written with a power of ten. */
const LARGE = 1e9;
/** Counts are read in full for longer, and floats hold them exactly. */
const LARGE_COUNT = 1e15;
const SMALL = 1e-4;

/** With exactly `digits` digits after the point, and a real minus sign. */
export function decimal(locale: string, value: number, digits: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (Math.abs(value) >= LARGE) return scientific(value, 4);
  return minus(format(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value));
}

/** With `digits` significant digits: for numbers of unknown size. */
export function significant(locale: string, value: number, digits = 4): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < SMALL || size >= LARGE)) return scientific(value, digits);
  return minus(format(locale, { maximumSignificantDigits: digits }).format(value));
}

/** Short, as on a scale: 4.5K, 4.5천. */
export function compact(locale: string, value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (Math.abs(value) >= LARGE_COUNT) return scientific(value, 2);
  return minus(format(locale, { notation: "compact", maximumSignificantDigits: 2 }).format(value));
}

/** How many there are of something. */
export function count(locale: string, value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (Math.abs(value) >= LARGE_COUNT) return scientific(value, 4);
  return minus(format(locale, {}).format(value));
}

/** The digits after the point that give numbers up to `largest` at most four digits, all aligned. */
export function places(largest: number): number {
  if (!(largest > 0 && largest < Infinity)) return 0;
  return Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(largest))));
}

/** A number this many times as large as half of its column does not decide how the others are written. */
const OUT_OF_LINE = 1000;

/**
 * How to write the numbers of one column, so that equal numbers look equal wherever they stand: with as many decimals
 * as give the largest three digits, or with a power of ten where that would take too many.
 */
export function columnFormat(locale: string, column: Iterable<number>): (value: number) => string {
  const sizes = Array.from(column, Math.abs)
    .filter((size) => size > 0 && size < Infinity)
    .sort((a, b) => a - b);
  const median = sizes[sizes.length >> 1] ?? 1;
  const largest = sizes.findLast((size) => size <= OUT_OF_LINE * median) ?? 1;
  if (largest < SMALL || largest >= LARGE)
    return (value) => (value === 0 ? decimal(locale, 0, 0) : significant(locale, value, 3));
  const digits = Math.max(0, places(largest) - 1);
  return (value) => decimal(locale, value, digits);
}

/** Shares below this one are not told apart. */
const LEAST_SHARE = 1e-6;

/**
 * Two significant digits; from 10 % on, one after the point. What is not all is never rounded to 100 %, and what is
 * not nothing never to 0 %. A share that is not a number is a dash.
 */
export function percent(locale: string, share: number): string {
  if (Number.isNaN(share)) return "–";
  const size = Math.abs(share);
  if (size * 100 >= LARGE) return `${significant(locale, 100 * share)}%`;
  const digits = size >= 0.0995 ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 2 };
  const written = (value: number) => minus(format(locale, { style: "percent", ...digits }).format(value));
  if (size > 0 && size < LEAST_SHARE) return share > 0 ? `< ${written(LEAST_SHARE)}` : `> ${written(-LEAST_SHARE)}`;
  if (share >= 0.9995 && share < 1) return `> ${written(0.999)}`;
  return written(share);
}

/** A multiple of `step` on an axis. */
export function tickText(locale: string, value: number, step: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const size = Math.abs(value);
  if (digits > 5 || size >= 1e7) {
    const needed = Math.floor(Math.log10(size) + 1e-9) - Math.floor(Math.log10(step) + 1e-9) + 1;
    return scientific(value, Math.min(Math.max(needed, 1), 9));
  }
  return decimal(locale, value, digits);
}

/** The shortest decimal number that reads back as this float32. */
export function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

/** 1.235e12 */
function scientific(value: number, digits: number): string {
  return minus(value.toExponential(digits - 1).replace("e+", "e"));
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
}

function minus(text: string): string {
  return text.replace(/-/g, "\u2212");
}
