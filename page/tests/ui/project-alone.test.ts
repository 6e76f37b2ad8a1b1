import { expect, test } from "vitest";
import { secondsOfFewer } from "../../src/ui/project-alone";
import { fakeApp } from "../fake-app";

const { app } = fakeApp();
const { app: large } = fakeApp({ manifest: { ...app.source.manifest, nTokens: 1_000_000 } });

test("fewer tokens are offered where all take long, with their share of the whole time", () => {
  expect(secondsOfFewer(large, { leftS: 900, overall: 0 })).toBeCloseTo(45);
  expect(secondsOfFewer(large, { leftS: 600, overall: 1 / 3 })).toBeCloseTo(45);
});

test("they are not offered where that is not worth while, or where the time is unknown", () => {
  expect(secondsOfFewer(large, { leftS: 59, overall: 0 })).toBeNull();
  expect(secondsOfFewer(large, { leftS: null, overall: 0 })).toBeNull();
  expect(secondsOfFewer(app, { leftS: 900, overall: 0 })).toBeNull();
  const rows = Uint32Array.from({ length: 50_000 }, (_, id) => id);
  large.store.set({ rows });
  expect(secondsOfFewer(large, { leftS: 900, overall: 0 })).toBeNull();
});
