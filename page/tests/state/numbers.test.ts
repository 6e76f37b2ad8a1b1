import { expect, test } from "vitest";
import {
  columnFormat,
  compact,
  count,
  decimal,
  percent,
  places,
  shortest,
  significant,
  tickText,
} from "../../src/state/numbers";

test("decimals keep their number of digits, and zero has no sign", () => {
  expect(decimal("en-US", -0.5, 3)).toBe("−0.500");
  expect(decimal("ko-KR", 0.98765, 3)).toBe("0.988");
  expect(decimal("en-US", -0.0001, 3)).toBe("0.000");
});

test("significant digits are shown for small and large numbers", () => {
  expect(significant("en-US", 1234.5678)).toBe("1,235");
  expect(significant("en-US", -0.001234567)).toBe("−0.001235");
  expect(significant("en-US", 1.5e-7)).toBe("1.500e−7");
  expect(significant("en-US", 0)).toBe("0");
});

test("numbers on a scale are short, in the units of the language", () => {
  expect([1, 100, 4512, 1e6].map((value) => compact("en-US", value))).toEqual(["1", "100", "4.5K", "1M"]);
  expect([4512, 10_000].map((value) => compact("ko-KR", value))).toEqual(["4.5천", "1만"]);
});

test("a column of numbers has the decimals that give its largest number four digits", () => {
  expect([0.3027, 7.5, 17.8, 1234, 123456].map(places)).toEqual([4, 3, 2, 0, 0]);
  expect([0, NaN, Infinity, 1e-30].map(places)).toEqual([0, 0, 0, 8]);
});

test("small shares keep two digits", () => {
  expect(percent("en-US", 0.4236)).toBe("42.4%");
  expect(percent("en-US", 0.0000423)).toBe("0.0042%");
  expect(percent("ko-KR", 1)).toBe("100%");
  expect(percent("en-US", 0)).toBe("0%");
});

test.each(["en-US", "ko-KR"])("no number is longer than a person reads, in %s", (locale) => {
  const sizes = [0, 5e-324, 1e-45, 1e-9, 0.1 + 0.2, 1, 65_504, 123_456_789.123, 1e9, 3.4e38, 1.7976931348623157e308];
  for (const value of [...sizes, ...sizes.map((size) => -size), NaN, Infinity, -Infinity]) {
    const written = [
      decimal(locale, value, 2),
      significant(locale, value),
      count(locale, value),
      percent(locale, value),
      columnFormat(locale, [value])(value),
      columnFormat(locale, [1, 2, value])(value),
    ];
    for (const text of written) {
      expect(text.length).toBeLessThanOrEqual(20);
      expect(text).not.toMatch(/-|undefined/); // a real minus sign
      expect(text).not.toMatch(/0{6}/);
    }
  }
});

test("numbers that are none have names, and a share that is none is a dash", () => {
  for (const write of [significant, count])
    expect([NaN, Infinity, -Infinity].map((x) => write("ko-KR", x))).toEqual(["NaN", "∞", "−∞"]);
  expect(decimal("en-US", NaN, 2)).toBe("NaN");
  expect(percent("en-US", NaN)).toBe("–");
});

test("counts are written in full as long as they are exact", () => {
  expect(count("en-US", 4512)).toBe("4,512");
  expect(count("ko-KR", 2 ** 40)).toBe("1,099,511,627,776");
  expect(count("en-US", 1e30)).toBe("1.000e30");
});

test("a share is all or nothing only where it is", () => {
  expect([1, 0.99996, 0.9994, 0].map((share) => percent("en-US", share))).toEqual(["100%", "> 99.9%", "99.9%", "0%"]);
  expect([8.4e-53, 9e-7, 1e-6].map((share) => percent("ko-KR", share))).toEqual(["< 0.0001%", "< 0.0001%", "0.0001%"]);
  expect([-0.123, -1e-9, 25.5].map((share) => percent("en-US", share))).toEqual(["−12.3%", "> −0.0001%", "2,550%"]);
});

test("a column is written with the decimals of its largest number, outliers left out", () => {
  const written = (...column: number[]) => column.map(columnFormat("en-US", column));
  expect(written(1.1183, -1.3921, 0)).toEqual(["1.12", "−1.39", "0.00"]);
  expect(written(0.3027, -0.01)).toEqual(["0.303", "−0.010"]);
  expect(written(0.5, -1.25, 1e6)).toEqual(["0.50", "−1.25", "1,000,000.00"]);
  expect(written(1.5e-7, -2e-8, 0)).toEqual(["1.500e−7", "−2.00e−8", "0"].map((text) => text.replace("1.500", "1.50")));
  expect(written(1234.5, 12)).toEqual(["1,235", "12"]);
  expect(written(NaN, Infinity)).toEqual(["NaN", "∞"]);
  expect(written()).toEqual([]);
});

test("numbers of an axis have the decimals of their step", () => {
  const axis = (step: number, ...values: number[]) => values.map((value) => tickText("en-US", value, step));
  expect(axis(0.5, -0.5, 0, 1.5)).toEqual(["−0.5", "0", "1.5"]);
  expect(axis(0.02, 0.1 + 0.02)).toEqual(["0.12"]);
  expect(axis(200, -400, 1200)).toEqual(["−400", "1,200"]);
  expect(axis(2e-7, 4e-7, 1.2e-6, 0)).toEqual(["4e−7", "1.2e−6", "0"]);
  expect(axis(5e29, 1e30, 1.5e30)).toEqual(["1.0e30", "1.5e30"]);
});

test("the shortest decimal of a float32 reads back as the same bits", () => {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  let seed = 11;
  for (let at = 0; at < 2000; at++) {
    bits[0] = seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    if (!Number.isFinite(value[0])) continue;
    expect(Math.fround(Number(shortest(value[0])))).toBe(value[0]);
  }
  expect(shortest(Math.fround(0.1))).toBe("0.1");
});
