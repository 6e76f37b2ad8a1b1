import { expect, test, vi } from "vitest";
import { controlNeighbors } from "../../src/control/neighbors";
import type { NearestRequest, Neighbor } from "../../src/data/source";
import { fakeApp, manifest, settled } from "../fake-app";

const found: readonly Neighbor[] = [{ id: 2, score: 0.5 }];

test("the neighbors of the chosen token are asked for, and again with another k or metric", async () => {
  const nearest = vi.fn(async (request: NearestRequest) => found.slice(0, request.k));
  const { app } = fakeApp({ nearest });
  controlNeighbors(app);
  expect(nearest).not.toHaveBeenCalled();
  app.store.set({ chosen: 1 });
  await settled();
  expect(app.session.get().neighbors).toEqual(found);
  app.store.set({ k: 25 });
  app.store.set({ metric: "euclidean" });
  expect(nearest.mock.calls.map(([{ positive, k, metric }]) => [positive, k, metric])).toEqual([
    [[1], 10, "cosine"],
    [[1], 25, "cosine"],
    [[1], 25, "euclidean"],
  ]);
});

test("the old neighbors are gone while new ones are on their way, and a late answer is dropped", async () => {
  const answers: ((value: readonly Neighbor[]) => void)[] = [];
  const { app } = fakeApp({ nearest: () => new Promise((resolve) => answers.push(resolve)) });
  controlNeighbors(app);
  app.store.set({ chosen: 0 });
  app.store.set({ chosen: 1 });
  answers[1](found);
  answers[0]([]);
  await settled();
  expect(app.session.get().neighbors).toEqual(found);
  app.store.set({ chosen: 2 });
  expect(app.session.get().neighbors).toBeNull();
});

test("an error becomes a notice", async () => {
  const { app, notices } = fakeApp({ nearest: () => Promise.reject(new Error("no server")) }, { chosen: 1 });
  controlNeighbors(app);
  await settled();
  expect(notices).toEqual(["no server"]);
});

test("a file without vectors is not asked", () => {
  const nearest = vi.fn();
  const { app } = fakeApp({ nearest, manifest: { ...manifest, hasVectors: false } }, { chosen: 1 });
  controlNeighbors(app);
  expect(nearest).not.toHaveBeenCalled();
});

test("a vector without direction has no neighbors, also where its length comes later", async () => {
  const nearest = vi.fn(() => Promise.reject(new Error("it holds NaN")));
  const { app, notices } = fakeApp({ nearest });
  controlNeighbors(app);
  app.session.set({ norms: Float32Array.of(1, NaN, 0, 1) });
  app.store.set({ chosen: 1 });
  expect(app.session.get().neighbors).toEqual([]);
  app.store.set({ metric: "euclidean" });
  expect(app.session.get().neighbors).toEqual([]);
  expect(nearest).not.toHaveBeenCalled();
  app.store.set({ chosen: 2 }); // zeros are a place, from which others have a distance
  expect(nearest).toHaveBeenCalledTimes(1);
  app.session.set({ norms: null });
  app.store.set({ chosen: 1 });
  app.session.set({ norms: Float32Array.of(1, NaN, 0, 1) });
  await settled();
  expect(app.session.get().neighbors).toEqual([]);
  expect(notices).toEqual([]);
});

test.each(["NaN", "infinity"])(
  "a token without a direction at a moment is no notice: its row holds %s",
  async (what) => {
    const error = new Error(`token 'cat' has no direction: its row holds ${what}`);
    const { app, notices } = fakeApp({ nearest: () => Promise.reject(error) });
    controlNeighbors(app);
    app.store.set({ chosen: 1 });
    await settled();
    expect(app.session.get().neighbors).toEqual([]);
    expect(notices).toEqual([]);
  },
);
