/** Numbers formatted for people. */
const formats = new Map<string, Intl.NumberFormat>();

/** Creating a format takes longer than using it a hundred times. */
function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.NumberFormat(locale, { signDisplay: "negative", ...options })));
  return made;
}

/** With exactly `digits` digits after the point, and a real minus sign. */
export function decimal(locale: string, value: number, digits: number): string {
  return minus(format(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value));
}

/** With `digits` significant digits: for numbers of unknown size. */
export function significant(locale: string, value: number, digits = 4): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return minus(value.toExponential(digits - 1));
  return minus(format(locale, { maximumSignificantDigits: digits }).format(value));
}

/** Short, as on a scale: 4.5K, 4.5천. */
export function compact(locale: string, value: number): string {
  return minus(format(locale, { notation: "compact", maximumSignificantDigits: 2 }).format(value));
}

/** The digits after the point that give numbers up to `largest` at most four digits, all aligned. */
export function places(largest: number): number {
  if (!(largest > 0 && largest < Infinity)) return 0;
  return Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(largest))));
}

/** Two significant digits; from 10 % on, one after the point. */
export function percent(locale: string, share: number): string {
  const digits = share >= 0.0995 ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 2 };
  return format(locale, { style: "percent", ...digits }).format(share);
}

/** The shortest decimal number that reads back as this float32. */
export function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

function minus(text: string): string {
  return text.replace(/-/g, "\u2212");
}
