import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Address, controlAddress, type Entry } from "../../src/control/address";
import { FRONT } from "../../src/state/camera";
import { NO_IDS } from "../../src/state/ids";
import type { State } from "../../src/state/state";
import { fakeApp } from "../fake-app";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An address bar with a history. */
function fakeAddress(hash = "") {
  let changed = () => {};
  const entries: Entry[] = [{ hash, kept: null }];
  let at = 0;
  const address: Address = {
    read: () => entries[at],
    write(entry, isStep) {
      if (isStep) entries.splice(++at, Infinity, entry);
      else entries[at] = entry;
    },
    listen(listener) {
      changed = listener;
      return () => (changed = () => {});
    },
  };
  const visit = (text: string) => {
    entries.splice(++at, Infinity, { hash: text, kept: null });
    changed();
  };
  const back = () => {
    at--;
    changed();
  };
  return { address, hashes: () => entries.map((entry) => entry.hash), visit, back };
}

test("changes of a moment are written once, and only the last", () => {
  const { app, start } = fakeApp();
  const { address, hashes } = fakeAddress();
  controlAddress(app, address, () => start);
  app.store.set({ k: 25 });
  app.store.set({ k: 100, metric: "euclidean", analogy: [0, 1, 2] });
  vi.runAllTimers();
  expect(hashes()).toEqual(["", "k=100&metric=euclidean&analogy=0%7E1%7E2"]);
});

test("changes of fields outside the address do not touch it", () => {
  const { app, start } = fakeApp();
  const { address, hashes } = fakeAddress();
  controlAddress(app, address, () => start);
  app.store.set({ hovered: 2, found: Uint32Array.of(1), path: [0] });
  vi.runAllTimers();
  expect(hashes()).toEqual([""]);
});

test("a link that is pasted restores the fields in the address and leaves the others", () => {
  const { app, start, setCamera } = fakeApp();
  const { address, visit } = fakeAddress();
  controlAddress(app, address, () => start);
  app.store.set({ hovered: 2, chosen: 1, k: 25 });
  visit("#token=3&metric=euclidean");
  expect(app.store.get()).toMatchObject({ hovered: 2, chosen: 3, k: 10, metric: "euclidean" });
  expect(setCamera).toHaveBeenCalledWith(app.store.get().camera, true);
});

test("a selection too large for the address is reported once and left out", () => {
  const { app, start, notices } = fakeApp();
  const { address, hashes } = fakeAddress();
  controlAddress(app, address, () => start);
  app.store.set({ selected: Uint32Array.from({ length: 20_000 }, (_, at) => 2 * at) });
  app.store.set({ chosen: 1 });
  vi.runAllTimers();
  expect(notices).toEqual([app.t("page.selectionTooLong")]);
  expect(hashes()).toEqual(["", "token=1"]);
  app.store.set({ selected: NO_IDS });
  vi.runAllTimers();
  expect(notices.length).toBe(1);
});

test("a destroyed page writes nothing more", () => {
  const { app, start, destroy } = fakeApp();
  const { address, hashes, visit } = fakeAddress();
  controlAddress(app, address, () => start);
  app.store.set({ k: 25 });
  destroy();
  vi.runAllTimers();
  expect(hashes()).toEqual([""]);
  visit("#token=3");
  expect(app.store.get().chosen).toBeNull();
});

test("Back leads from token to token and from projection to projection, and does not stop for the camera", () => {
  const { app, start } = fakeApp();
  const { address, hashes, back } = fakeAddress();
  controlAddress(app, address, () => start);
  const changes = [{ chosen: 1 }, { camera: { ...FRONT, distance: 2 } }, { method: "umap", dims: 2 }, { chosen: 3 }];
  for (const change of changes as Partial<State>[]) {
    app.store.set(change);
    vi.runAllTimers();
  }
  expect(hashes().length).toBe(4);
  back();
  expect(app.store.get()).toMatchObject({ chosen: 1, method: "umap", dims: 2 });
  vi.runAllTimers();
  back();
  expect(app.store.get()).toMatchObject({ chosen: 1, method: "none", dims: 3 });
  vi.runAllTimers();
  back();
  expect(app.store.get().chosen).toBeNull();
  vi.runAllTimers();
  expect(hashes().length).toBe(4);
});

test("what is typed in one go is one step", () => {
  const { app, start } = fakeApp();
  const { address, hashes } = fakeAddress();
  controlAddress(app, address, () => start);
  for (const change of [{ search: "c" }, { search: "ca" }, { search: "cat" }, { chosen: 0 }, { search: "dog" }]) {
    app.store.set(change);
    vi.runAllTimers();
  }
  expect(hashes()).toEqual(["", "search=cat", "search=cat&token=0", "search=dog&token=0"]);
});

test("going back keeps language and theme, and brings back a text that is too long for the address", () => {
  const { app, start, notices } = fakeApp();
  const { address, hashes, back } = fakeAddress();
  controlAddress(app, address, () => start);
  const text = "the cat sat ".repeat(10_000);
  for (const change of [{ text }, { chosen: 1, text: "" }, { theme: "dark", lang: "ko" }] as Partial<State>[]) {
    app.store.set(change);
    vi.runAllTimers();
  }
  expect(notices.length).toBe(1);
  back();
  expect(app.store.get()).toMatchObject({ text, chosen: null, theme: "dark", lang: "ko" });
  vi.runAllTimers();
  expect(hashes()[1]).toBe("lang=ko&theme=dark");
});

test("a moment that the table does not have is corrected in the address, at the start and in a pasted link", () => {
  const { app, start } = fakeApp();
  const { address, hashes, visit } = fakeAddress("#moment=99&token=3");
  app.store.set({ chosen: 3 });
  controlAddress(app, address, () => start);
  expect(hashes()).toEqual(["token=3"]);
  visit("#token=2&moment=7");
  expect(hashes()).toEqual(["token=3", "token=2"]);
  visit("#k=10&token=1"); // what else it may say is left as it is
  expect(hashes()[2]).toBe("#k=10&token=1");
});
