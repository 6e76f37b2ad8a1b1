import { expect, test } from "vitest";
import { compact, decimal, percent, places, shortest, significant } from "../../src/state/numbers";

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
