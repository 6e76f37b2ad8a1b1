import { expect, test } from "vitest";
import { decodeUpdate } from "../../src/data/decode";

const update = (header: Record<string, unknown>) => decodeUpdate({ header, payload: new Uint8Array(0) }, 4);

test("a waiting projection reports how many are ahead of it, and a running one reports none", () => {
  const waiting = update({ stage: "waiting", fraction: 0, dims: 2, before: 3 });
  expect([waiting.stage, waiting.before, waiting.points]).toEqual(["waiting", 3, null]);
  expect(update({ stage: "start", fraction: 0, dims: 2 }).before).toBe(0);
});

test("an error in a frame is thrown with the server's words", () => {
  expect(() => update({ stage: "error", fraction: 0, error: "one line" })).toThrow("one line");
});
