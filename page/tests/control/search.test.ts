import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { controlSearch, exactFirst } from "../../src/control/search";
import { TokenTable } from "../../src/data/tokens";
import { fakeApp } from "../fake-app";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const tokens = new TokenTable("KingkingKingskin", Uint32Array.of(0, 4, 8, 13, 16));

it("puts the token equal to the typed text before tokens that only contain it", () => {
  expect([...exactFirst(Uint32Array.of(0, 2, 1), "king", tokens)]).toEqual([1, 0, 2]);
  expect([...exactFirst(Uint32Array.of(0, 1, 2), "King", tokens)]).toEqual([0, 1, 2]);
  expect([...exactFirst(Uint32Array.of(0, 1, 2), "kings", tokens)]).toEqual([0, 1, 2]);
});

it("finds tokens after a pause in typing, the most important first", () => {
  const { app } = fakeApp(); // sat is the most frequent, then cat, dog, mat
  controlSearch(app);
  app.store.set({ search: "a" });
  expect(app.store.get().found).toBeNull();
  vi.runAllTimers();
  expect([...app.store.get().found!]).toEqual([3, 0, 2]);
  app.store.set({ search: "" });
  vi.runAllTimers();
  expect(app.store.get().found).toBeNull();
});

it("puts what it found in another order when that of importance changes", () => {
  const { app } = fakeApp();
  controlSearch(app);
  app.store.set({ search: "a" });
  vi.runAllTimers();
  app.session.set({ importance: Uint32Array.of(2, 1, 0, 3) });
  expect([...app.store.get().found!]).toEqual([2, 0, 3]);
});

it("finds nothing for an invalid pattern, and takes the same text as plain text", () => {
  const { app } = fakeApp();
  controlSearch(app);
  app.store.set({ search: "(", regex: true });
  vi.runAllTimers();
  expect(app.store.get().found).toBeNull();
  app.store.set({ regex: false });
  vi.runAllTimers();
  expect(app.store.get().found).toEqual(new Uint32Array(0));
});

it("searches at once for a text that was in the address", () => {
  const { app } = fakeApp({}, { search: "do" });
  controlSearch(app);
  expect([...app.store.get().found!]).toEqual([1]);
});
