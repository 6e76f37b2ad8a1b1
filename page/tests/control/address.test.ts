import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Address, controlAddress } from "../../src/control/address";
import { NO_IDS } from "../../src/state/ids";
import { fakeApp } from "../fake-app";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function fakeAddress(hash = "") {
  let changed = () => {};
  const written: string[] = [];
  const address: Address = {
    read: () => hash,
    write: (text) => void written.push(text),
    listen(listener) {
      changed = listener;
      return () => (changed = () => {});
    },
  };
  const visit = (text: string) => {
    hash = text;
    changed();
  };
  return { address, written, visit };
}

test("changes of a moment are written once, and only the last", () => {
  const { app, start } = fakeApp();
  const { address, written } = fakeAddress();
  controlAddress(app, address, start);
  app.store.set({ k: 25 });
  app.store.set({ k: 100, metric: "euclidean", analogy: [0, 1, 2] });
  vi.runAllTimers();
  expect(written).toEqual(["k=100&metric=euclidean&analogy=0%7E1%7E2"]);
});

test("changes of fields outside the address do not touch it", () => {
  const { app, start } = fakeApp();
  const { address, written } = fakeAddress();
  controlAddress(app, address, start);
  app.store.set({ hovered: 2, found: Uint32Array.of(1), path: [0] });
  vi.runAllTimers();
  expect(written).toEqual([]);
});

test("going back restores the fields in the address and leaves the others", () => {
  const { app, start, setCamera } = fakeApp();
  const { address, visit } = fakeAddress();
  controlAddress(app, address, start);
  app.store.set({ hovered: 2, chosen: 1, k: 25 });
  visit("#token=3&metric=euclidean");
  expect(app.store.get()).toMatchObject({ hovered: 2, chosen: 3, k: 10, metric: "euclidean" });
  expect(setCamera).toHaveBeenCalledWith(app.store.get().camera, true);
});

test("a selection too large for the address is reported once and left out", () => {
  const { app, start, notices } = fakeApp();
  const { address, written } = fakeAddress();
  controlAddress(app, address, start);
  app.store.set({ selected: Uint32Array.from({ length: 20_000 }, (_, at) => 2 * at) });
  app.store.set({ chosen: 1 });
  vi.runAllTimers();
  expect(notices).toEqual([app.t("page.selectionTooLong")]);
  expect(written).toEqual(["token=1"]);
  app.store.set({ selected: NO_IDS });
  expect(notices.length).toBe(1);
});

test("a destroyed page writes nothing more", () => {
  const { app, start, destroy } = fakeApp();
  const { address, written, visit } = fakeAddress();
  controlAddress(app, address, start);
  app.store.set({ k: 25 });
  destroy();
  vi.runAllTimers();
  visit("#token=3");
  expect(written).toEqual([]);
  expect(app.store.get().chosen).toBeNull();
});
