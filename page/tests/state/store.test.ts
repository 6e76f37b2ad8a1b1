import { expect, test, vi } from "vitest";
import { createStore } from "../../src/state/store";

test("a listener hears once of all fields that change together, with the value before", () => {
  const store = createStore({ a: 1, b: 2 });
  const listener = vi.fn();
  store.subscribe(listener);
  store.set({ a: 3, b: 4 });
  expect(listener.mock.calls).toEqual([
    [
      { a: 3, b: 4 },
      { a: 1, b: 2 },
    ],
  ]);
});

test("setting equal values is no change, NaN included", () => {
  const store = createStore({ a: NaN });
  const listener = vi.fn();
  store.subscribe(listener);
  store.set({ a: NaN });
  expect(listener).not.toHaveBeenCalled();
});

test("a removed listener hears nothing more, and one added during a change hears of the next", () => {
  const store = createStore({ a: 1 });
  const late = vi.fn();
  const stop = store.subscribe(() => void store.subscribe(late));
  store.set({ a: 2 });
  expect(late).not.toHaveBeenCalled();
  stop();
  store.set({ a: 3 });
  expect(late).toHaveBeenCalledTimes(1);
});

test("a value that was handed out does not change", () => {
  const store = createStore({ a: 1 });
  const before = store.get();
  store.set({ a: 2 });
  expect(before).toEqual({ a: 1 });
});
