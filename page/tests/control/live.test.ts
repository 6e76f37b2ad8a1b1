import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controlLive } from "../../src/control/live";
import { controlNeighbors } from "../../src/control/neighbors";
import type { DataSource, LiveState, LiveUpdate, Manifest } from "../../src/data/source";
import { fakeApp, film, manifest } from "../fake-app";

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
  isHidden = false;
  waiting = null;
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => {
    if (isHidden) waiting = draw;
    else setTimeout(draw, 16);
    return 1;
  });
  vi.stubGlobal("cancelAnimationFrame", () => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
let isHidden = false;
/** What a hidden page would draw. */
let waiting: (() => void) | null = null;

const live: Manifest = { ...manifest, timeline: { unit: "ids", moments: [], findings: [], live: true, familiar: [] } };

function update(progress: number, state: LiveState = "training", x = progress): LiveUpdate {
  const numbers = { epoch: progress / 50, epochs: 2, loss: 2, validationLoss: null, wordsPerS: 10, leftS: 20 };
  return {
    training: { state, progress, total: 100, ...numbers, losses: [[progress, 2]], message: "" },
    points: new Float32Array(8).fill(x),
    dims: 2,
  };
}

/** A page that follows a run; `send` is the server. */
function made(more: Partial<DataSource> = {}) {
  const streams: { dims: number; onUpdate: (update: LiveUpdate) => void; end: () => void; signal: AbortSignal }[] = [];
  let now = live;
  const followPoints = vi.fn();
  const followMoments = vi.fn();
  const source: Partial<DataSource> = {
    reread: async () => void (now = film),
    live: (dims, onUpdate, signal) =>
      new Promise((resolve) => streams.push({ dims, onUpdate, end: resolve, signal: signal! })),
    norms: async () => Float32Array.of(1, 2, 3, 4),
    undirected: async () => [],
  };
  const fake = fakeApp({ ...source, ...more }, { dims: 2 }, { followPoints });
  Object.defineProperty(fake.app.source, "manifest", { get: () => now });
  const said: string[] = [];
  const app = { ...fake.app, announce: (text: string) => void said.push(text) };
  app.session.set({ isLive: true, shownMoment: 0, norms: Float32Array.of(9, 9, 9, 9) });
  controlLive(app, followMoments);
  const send = async (...updates: LiveUpdate[]) => {
    for (const each of updates) streams.at(-1)!.onUpdate(each);
    if (updates.at(-1)!.training.state !== "training") streams.at(-1)!.end();
    await vi.advanceTimersByTimeAsync(20);
  };
  return { ...fake, app, streams, send, said, followPoints, followMoments };
}

test("each picture goes to the map, to be reached about when the next one comes", async () => {
  const { app, send, followPoints } = made();
  await send(update(10));
  await vi.advanceTimersByTimeAsync(980);
  await send(update(20));
  expect(followPoints.mock.calls.map(([points, dims]) => [points[0], dims])).toEqual([
    [10, 2],
    [20, 2],
  ]);
  expect(followPoints.mock.lastCall![2]).toBeCloseTo(1150, -1);
  expect(app.session.get().training).toMatchObject({ progress: 20, losses: [[20, 2]] });
  expect(app.session.get().points?.coordinates[0]).toBe(20);
});

test("a hidden page draws nothing, and goes on with the newest picture alone", async () => {
  const { app, send, followPoints } = made();
  isHidden = true;
  for (const progress of [10, 20, 30]) await send(update(progress));
  expect(followPoints).not.toHaveBeenCalled();
  expect(app.session.get().training?.progress).toBe(30);
  waiting!();
  expect(followPoints.mock.calls.map(([points]) => points[0])).toEqual([30]);
});

test("vector and neighbors are read again once a second at most, and not while an answer is awaited", async () => {
  let answer = () => {};
  const nearest = vi.fn(() => new Promise<[]>((resolve) => (answer = () => resolve([]))));
  const { app, send } = made({ nearest });
  controlNeighbors(app);
  app.store.set({ chosen: 1 });
  const readings: number[] = [];
  for (let tick = 0; tick < 10; tick++) {
    await send(update(tick));
    readings.push(app.session.get().reading);
    await vi.advanceTimersByTimeAsync(280);
  }
  expect(readings).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3]);
  expect(nearest).toHaveBeenCalledTimes(1);
  answer();
  await vi.advanceTimersByTimeAsync(1000);
  await send(update(11));
  expect(nearest).toHaveBeenCalledTimes(2);
});

test("another number of dimensions is another stream", async () => {
  const { app, streams, send } = made();
  await send(update(10));
  app.store.set({ dims: 3 });
  expect(streams.map(({ dims, signal }) => [dims, signal.aborted])).toEqual([
    [2, true],
    [3, false],
  ]);
  streams[0].onUpdate(update(90));
  expect(app.session.get().training?.progress).toBe(10);
});

test("screen readers hear of quarters, not of each picture", async () => {
  const { send, said } = made();
  for (const progress of [0, 10, 26, 30, 51, 99]) await send(update(progress));
  await send(update(100, "finished"));
  expect(said).toEqual([
    "Training: 26% done, about 20 s left",
    "Training: 51% done, about 20 s left",
    "Training: 99% done, about 20 s left",
  ]);
});

test.each([
  ["finished", "Training has ended: this is the picture of all 4 moments."],
  ["interrupted", "Training was interrupted: this is the picture of its 4 moments so far."],
] as const)(
  "a run that is %s becomes its timeline, at the last moment, and that is said once it is drawn",
  async (state, line) => {
    const { app, send, notices, followMoments } = made();
    await send(update(10));
    expect(app.store.get().moment).toBe(0);
    await send(update(100, state));
    expect(app.session.get()).toMatchObject({ isLive: false, shownMoment: 3 });
    expect([...app.session.get().norms!]).toEqual([1, 2, 3, 4]);
    expect(app.store.get().moment).toBe(3);
    expect(followMoments).toHaveBeenCalledTimes(1);
    expect(notices).toEqual([]);
    app.session.set({ picture: { points: new Float32Array(8), dims: 2 } });
    expect(notices).toEqual([]); // the last moment alone
    app.session.set({ picture: { points: new Float32Array(4 * 8), dims: 2 } });
    app.session.set({ picture: { points: new Float32Array(4 * 12), dims: 3 } });
    expect(notices).toEqual([line]);
  },
);

test("after a run that failed the page stays as it is", async () => {
  const { app, send, followMoments } = made();
  await send({ ...update(10, "failed"), points: null });
  expect(app.session.get()).toMatchObject({ isLive: true, training: { state: "failed" } });
  expect(followMoments).not.toHaveBeenCalled();
});

test("nothing is drawn or asked for after the page has been destroyed", async () => {
  const { send, destroy, streams, followPoints } = made();
  destroy();
  await send(update(10));
  expect(streams[0].signal.aborted).toBe(true);
  expect(followPoints).not.toHaveBeenCalled();
});
