import { expect, it } from "vitest";
import { inSlices } from "../../src/data/tokenizer/in-slices";

it("gives the page its turn between slices, and keeps the order", async () => {
  const items = Array.from({ length: 5000 }, (_, at) => at);
  const seen: number[] = [];
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await inSlices(items, (item, at) => {
    expect(item).toBe(at);
    seen.push(item);
    for (const start = performance.now(); performance.now() - start < 0.02;);
  });
  clearInterval(timer);
  expect(seen).toEqual(items);
  expect(turns).toBeGreaterThan(1);
});
