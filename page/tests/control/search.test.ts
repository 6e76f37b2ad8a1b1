import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { controlSearch } from "../../src/control/search";
import { TokenTable } from "../../src/data/tokens";
import { fakeApp, manifest, settled } from "../fake-app";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

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

it("puts a token that begins with the typed text before those that only contain it", () => {
  const { app } = fakeApp();
  controlSearch(app);
  app.store.set({ search: "AT" });
  vi.runAllTimers();
  expect([...app.store.get().found!]).toEqual([3, 0, 2]);
  app.store.set({ search: "a|m", regex: true });
  vi.runAllTimers();
  expect([...app.store.get().found!]).toEqual([3, 0, 2]);
  app.store.set({ search: "m", regex: false });
  vi.runAllTimers();
  expect([...app.store.get().found!]).toEqual([2]);
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

it("searches the values of a column, and finds the tokens that have them", async () => {
  const info = { name: "kind", kind: "category", labels: ["pet", "thing"] } as const;
  const { app } = fakeApp({ column: async () => ({ info, values: Uint16Array.of(1, 1, 2, 0) }) });
  controlSearch(app);
  app.store.set({ search: "PET", searchIn: 0 });
  await vi.runAllTimersAsync();
  expect([...app.store.get().found!]).toEqual([0, 1]);
});

it("finds Hangul that is decomposed or still being typed, after the tokens that contain the text", () => {
  const words = ["영화관", "영향", "영화", "이영호", "영", "영화".normalize("NFD")];
  const offsets = new Uint32Array(words.length + 1);
  words.forEach((word, at) => (offsets[at + 1] = offsets[at] + word.length));
  const { app } = fakeApp();
  Object.assign(app, { tokens: new TokenTable(words.join(""), offsets), importance: Uint32Array.of(5, 4, 3, 2, 1, 0) });
  controlSearch(app);
  const found = (search: string) => {
    app.store.set({ search });
    vi.runAllTimers();
    return [...app.store.get().found!];
  };
  expect(found("영화")).toEqual([2, 0, 5]);
  expect(found("영화".normalize("NFD"))).toEqual([5, 2, 0]);
  expect(found("영호")).toEqual([3, 5, 2, 0]);
  expect(found("ㅇㅎ")).toEqual([5, 2, 1, 0, 3]);
});

it("lists the suspects that a column finds by their rank, the most suspect first", async () => {
  vi.useRealTimers();
  const info = (name: string, kind: "category" | "number") => ({
    name,
    kind,
    labels: kind === "number" ? [] : ["suspect"],
  });
  const columns = [info("suspects", "category"), info("suspect rank", "number")];
  const values = [Uint16Array.of(1, 1, 0, 1), Float32Array.of(3, 1, NaN, 2)];
  const column = async (at: number) => ({ info: columns[at], values: values[at] });
  const { app } = fakeApp({ manifest: { ...manifest, columns }, column }, { search: "suspect", searchIn: 0 });
  controlSearch(app);
  await settled();
  expect([...app.store.get().found!]).toEqual([1, 3, 0]);
});
