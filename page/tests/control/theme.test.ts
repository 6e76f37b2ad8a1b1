import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controlTheme } from "../../src/control/theme";
import { fakeApp } from "../fake-app";

beforeEach(() => {
  const values: Readonly<Record<string, string>> = { "--background": " #fff ", "--font": "Pretendard" };
  vi.stubGlobal("getComputedStyle", () => ({ getPropertyValue: (name: string) => values[name] ?? "" }));
});
afterEach(() => void vi.unstubAllGlobals());

/** An element in a window whose system theme the test changes. */
function fakeRoot(isDark: boolean) {
  const system = new EventTarget() as EventTarget & { matches: boolean };
  system.matches = isDark;
  const root = { dataset: {} as DOMStringMap, ownerDocument: { defaultView: { matchMedia: () => system } } };
  const change = (next: boolean) => {
    system.matches = next;
    system.dispatchEvent(new Event("change"));
  };
  return { root: root as unknown as HTMLElement, change };
}

test("auto follows the system, and a chosen theme does not", () => {
  const { app, setTheme } = fakeApp();
  const { root, change } = fakeRoot(false);
  const theme = controlTheme(app, root);
  const changed = vi.fn();
  theme.onChange(changed);
  expect([theme.scheme(), root.dataset.theme]).toEqual(["light", "light"]);
  change(true);
  expect([theme.scheme(), root.dataset.theme, changed.mock.calls.length]).toEqual(["dark", "dark", 1]);
  app.store.set({ theme: "light" });
  change(false);
  change(true);
  expect([theme.scheme(), root.dataset.theme, changed.mock.calls.length]).toEqual(["light", "light", 2]);
  expect(setTheme.mock.calls.map(([{ dark }]) => dark)).toEqual([false, true, false]);
});

test("the map gets the colors of the style sheet", () => {
  const { app, setTheme } = fakeApp();
  controlTheme(app, fakeRoot(false).root);
  expect(setTheme).toHaveBeenCalledWith(expect.objectContaining({ background: "#fff", font: "Pretendard" }));
});

test("a destroyed page no longer follows the system", () => {
  const { app, destroy } = fakeApp();
  const { root, change } = fakeRoot(false);
  controlTheme(app, root);
  destroy();
  change(true);
  expect(root.dataset.theme).toBe("light");
});
