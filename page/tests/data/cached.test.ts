import { expect, test, vi } from "vitest";
import { cached } from "../../src/data/cached";

test("each answer is asked for once, and again only after a failure", async () => {
  const ask = vi.fn(async (key: number) => {
    if (ask.mock.calls.length === 2) throw new Error("no");
    return 2 * key;
  });
  const get = cached(ask);
  expect(await Promise.all([get(1), get(1)])).toEqual([2, 2]);
  await expect(get(2)).rejects.toThrow("no");
  expect(await get(2)).toBe(4);
  expect(ask.mock.calls.length).toBe(3);
});
