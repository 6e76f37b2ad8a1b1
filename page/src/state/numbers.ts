/** Numbers as people read them. */
const formats = new Map<string, Intl.NumberFormat>();

/** Making a format takes longer than using it a hundred times. */
function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.NumberFormat(locale, { signDisplay: "negative", ...options })));
  return made;
}

/** Always so many places after the point, with a real minus sign. */
export function decimal(locale: string, value: number, places: number): string {
  return minus(format(locale, { minimumFractionDigits: places, maximumFractionDigits: places }).format(value));
}

/** As many places as it takes to show so many digits: for numbers whose size is not known. */
export function significant(locale: string, value: number, digits = 4): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return minus(value.toExponential(digits - 1));
  return minus(format(locale, { maximumSignificantDigits: digits }).format(value));
}

/** So many places give numbers up to `largest` the same four digits or fewer, so that they stand below each other. */
export function places(largest: number): number {
  if (!(largest > 0 && largest < Infinity)) return 0;
  return Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(largest))));
}

/** Two digits, and one place above 10 %. */
export function percent(locale: string, share: number): string {
  const digits = share >= 0.0995 ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 2 };
  return format(locale, { style: "percent", ...digits }).format(share);
}

/** The shortest decimal number that is this float32 again when it is read. */
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
