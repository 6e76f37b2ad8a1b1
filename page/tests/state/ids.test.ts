import { expect, test } from "vitest";
import { packIds, sortedIds, toggled, union, unpackIds } from "../../src/state/ids";

/** Lehmer's generator: the same numbers in every run. */
function* lots(seed: number): Generator<number> {
  for (let value = seed; ;) yield (value = (value * 48271) % 2147483647);
}

test.each([0, 1, 5, 1000])("%i packed ids come back as they were", (n) => {
  const source = lots(n + 1);
  const ids = sortedIds(Array.from({ length: n }, () => source.next().value! % 20_000));
  expect(unpackIds(packIds(ids), 20_000)).toEqual(ids);
});

test("ids past the table and damaged text are left out", () => {
  expect([...unpackIds(packIds(Uint32Array.of(1, 5, 6, 7)), 6)]).toEqual([1, 5]);
  expect([...unpackIds("§§§", 6)]).toEqual([]);
});

test("a run of ids takes a few characters", () => {
  expect(packIds(Uint32Array.from({ length: 100_000 }, (_, id) => id)).length).toBeLessThan(8);
});

test("union and toggle keep ids ascending and unique", () => {
  expect([...union(Uint32Array.of(1, 3, 5), Uint32Array.of(0, 3, 9))]).toEqual([0, 1, 3, 5, 9]);
  expect([...toggled(Uint32Array.of(1, 3), 2)]).toEqual([1, 2, 3]);
  expect([...toggled(Uint32Array.of(1, 2, 3), 2)]).toEqual([1, 3]);
});
