import { expect, it, vi } from "vitest";
import { controlImportance } from "../../src/control/importance";
import { fakeApp, manifest, settled } from "../fake-app";

it("asks for the order of another language where nothing is counted", async () => {
  const setImportance = vi.fn();
  const order = Uint32Array.of(2, 0, 1, 3);
  const importance = vi.fn(() => Promise.resolve(order));
  const { app } = fakeApp({ manifest: { ...manifest, hasCounts: false }, importance }, {}, { setImportance });
  controlImportance(app);
  app.store.set({ theme: "dark" });
  expect(importance).not.toHaveBeenCalled();
  app.store.set({ lang: "ko" });
  await settled();
  expect(importance).toHaveBeenCalledWith("ko");
  expect(app.session.get().importance).toBe(order);
  expect(setImportance).toHaveBeenCalledWith(order);
});

it("keeps the order of counts in every language", async () => {
  const importance = vi.fn();
  const { app } = fakeApp({ importance });
  controlImportance(app);
  app.store.set({ lang: "ko" });
  await settled();
  expect(importance).not.toHaveBeenCalled();
});
