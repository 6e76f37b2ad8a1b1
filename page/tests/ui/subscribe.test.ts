import { expect, test, vi } from "vitest";
import { locale, subscribe } from "../../src/ui/subscribe";
import { fakeApp } from "../fake-app";

test("a panel runs at once, and again when one of its fields has another value", () => {
  const { app } = fakeApp();
  const run = vi.fn();
  subscribe(app, ["chosen", "neighbors"], run);
  expect(run).toHaveBeenCalledTimes(1);
  app.store.set({ chosen: 2 });
  app.session.set({ neighbors: [] });
  expect(run).toHaveBeenCalledTimes(3);
  app.store.set({ hovered: 1, chosen: 2 });
  app.session.set({ norms: new Float32Array(4) });
  expect(run).toHaveBeenCalledTimes(3);
});

test("a destroyed page runs no panel", () => {
  const { app, destroy } = fakeApp();
  const run = vi.fn();
  subscribe(app, ["chosen"], run);
  destroy();
  app.store.set({ chosen: 2 });
  expect(run).toHaveBeenCalledTimes(1);
});

test("numbers are written as the language of the page does", () => {
  const { app } = fakeApp();
  expect(locale(app)).toBe("en-US");
  app.store.set({ lang: "ko" });
  expect(locale(app)).toBe("ko-KR");
});
