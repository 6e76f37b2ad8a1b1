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
