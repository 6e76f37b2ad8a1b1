import { expect, test } from "vitest";
import { decodeUpdate, decodeVectors } from "../../src/data/decode";

const update = (header: Record<string, unknown>) => decodeUpdate({ header, payload: new Uint8Array(0) }, 4);

test("a waiting projection reports how many are ahead of it, and a running one reports none", () => {
  const waiting = update({ stage: "waiting", overall: 0, dims: 2, before: 3 });
  expect([waiting.stage, waiting.before, waiting.points]).toEqual(["waiting", 3, null]);
  expect(update({ stage: "start", overall: 0, dims: 2 }).before).toBe(0);
});

test("an error in a frame is thrown with the server's words", () => {
  expect(() => update({ stage: "error", overall: 0, error: "one line" })).toThrow("one line");
});

test("what was truncated is an error that says how many bytes there should be", () => {
  expect(() => decodeVectors(new ArrayBuffer(8), "vectors.f16", 4, 3)).toThrow("vectors.f16 has 8 bytes, not 24");
  const half = { header: { stage: "done", dims: 3 }, payload: new Uint8Array(24) };
  expect(() => decodeUpdate(half, 4)).toThrow("has 24 bytes, not 48");
});

test("the points of several moments come one after another, and are as many as the header says", () => {
  const header = { stage: "done", overall: 1, dims: 2, moments: 3, jitter: 0.25 };
  const numbers = Float32Array.from({ length: 24 }, (_, i) => i);
  const found = decodeUpdate({ header, payload: new Uint8Array(numbers.buffer) }, 4);
  expect([found.moments, found.jitter, [...found.points!]]).toEqual([3, 0.25, [...numbers]]);
  const short = { header, payload: new Uint8Array(numbers.buffer.slice(0, 32)) };
  expect(() => decodeUpdate(short, 4)).toThrow("has 32 bytes, not 96");
  expect(update({ stage: "start", overall: 0, dims: 2 })).toMatchObject({ moments: 1, jitter: null });
});

test("quantized points are the middle plus so many steps, and the least number is no place", () => {
  const quantized = { middle: [10, -1], step: [0.5, 2] };
  const header = { stage: "done", overall: 1, dims: 2, moments: 1, quantized };
  const payload = new Uint8Array(Int16Array.of(0, 0, 32767, -32767, -32768, -32768, 1, -1).buffer);
  expect([...decodeUpdate({ header, payload }, 4).points!]).toEqual([10, -1, 16393.5, -65535, NaN, NaN, 10.5, -3]);
});
