import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controlNeighbors } from "../../src/control/neighbors";
import { controlOverTime } from "../../src/control/over-time";
import { controlTimeline } from "../../src/control/timeline";
import type { DataSource, Neighbor } from "../../src/data/source";
import type { State } from "../../src/state/state";
import { fakeApp, film } from "../fake-app";

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
  vi.stubGlobal("matchMedia", () => ({ matches: isReduced }));
  const refresh = (draw: (now: number) => void) => setTimeout(() => draw(performance.now()), 16);
  vi.stubGlobal("requestAnimationFrame", refresh);
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  isReduced = false;
});
let isReduced = false;

function made(state: Partial<State> = {}, source: Parameters<typeof fakeApp>[0] = {}) {
  const [setMoment, setTrails] = [vi.fn(), vi.fn()];
  let isGliding = false;
  const fake = fakeApp(
    { manifest: film, ...source },
    { moment: 3, ...state },
    {
      setMoment,
      setTrails,
      isGliding: () => isGliding,
    },
  );
  fake.app.session.set({ shownMoment: Math.round(fake.app.store.get().moment) });
  controlTimeline(fake.app);
  const glide = (now: boolean) => void (isGliding = now);
  return { ...fake, setMoment, setTrails, glide, moment: () => fake.app.store.get().moment };
}

test("a jump glides, and what follows it at once does not", () => {
  const { app, setMoment } = made();
  app.store.set({ moment: 0 });
  app.store.set({ moment: 1 });
  vi.advanceTimersByTime(1000);
  app.store.set({ moment: 1.2 });
  vi.advanceTimersByTime(1000);
  app.store.set({ moment: 2.2 });
  expect(setMoment.mock.calls).toEqual([
    [0, true],
    [1, false],
    [1.2, false],
    [2.2, true],
  ]);
});

test("moments pass while it plays, and at the end it stops", () => {
  const { app, moment } = made({ moment: 0 });
  app.store.set({ playing: true });
  vi.advanceTimersByTime(500);
  expect(moment()).toBeCloseTo(1, 1);
  app.store.set({ playing: false });
  vi.advanceTimersByTime(500);
  expect(moment()).toBeCloseTo(1, 1);
  app.store.set({ playing: true, speed: 4 });
  vi.advanceTimersByTime(500);
  expect([moment(), app.store.get().playing]).toEqual([3, false]);
});

test("it goes on from where someone has moved it, and waits while the points glide there", () => {
  const { app, moment, glide } = made({ moment: 0 });
  app.store.set({ playing: true });
  vi.advanceTimersByTime(250);
  glide(true);
  app.store.set({ moment: 2 });
  vi.advanceTimersByTime(400);
  expect(moment()).toBe(2);
  glide(false);
  vi.advanceTimersByTime(250);
  expect(moment()).toBeCloseTo(2.5, 1);
});

test("a frame that had begun before it plays does not lead before the first moment", () => {
  vi.stubGlobal("requestAnimationFrame", (draw: (now: number) => void) =>
    setTimeout(() => draw(performance.now() - 20), 16),
  );
  for (isReduced of [false, true]) {
    const { app } = made({ moment: 0 });
    const seen: number[] = [];
    app.store.subscribe(({ moment }) => seen.push(moment));
    app.store.set({ playing: true });
    vi.advanceTimersByTime(200);
    expect(Math.min(...seen)).toBe(0);
    app.store.set({ playing: false });
  }
});

test("it steps where less motion is preferred", () => {
  isReduced = true;
  const { app } = made({ moment: 0 });
  const seen = new Set<number>();
  app.store.subscribe(({ moment }) => seen.add(moment));
  app.store.set({ playing: true });
  vi.advanceTimersByTime(2000);
  expect([...seen]).toEqual([0, 1, 2, 3]);
});

test("what reads a moment hears of it a few times a second, and of the last one in any case", () => {
  const { app } = made({ moment: 0 });
  const read: (number | null)[] = [];
  app.session.subscribe(({ shownMoment }, before) => {
    if (shownMoment !== before.shownMoment) read.push(shownMoment);
  });
  vi.advanceTimersByTime(1000);
  for (const moment of [1, 2, 1, 2, 3]) app.store.set({ moment });
  expect(read).toEqual([1]);
  vi.advanceTimersByTime(300);
  expect(read).toEqual([1, 3]);
});

test("the coordinates that are read are those of the moment", () => {
  const { app } = made({ moment: 0 });
  app.session.set({ picture: { points: Float32Array.from({ length: 32 }, (_, i) => i), dims: 2 } });
  vi.advanceTimersByTime(1000);
  app.store.set({ moment: 2 });
  expect([...app.session.get().points!.coordinates]).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
});

test("the trails are those of the chosen token, and of its neighbors where that is wished", () => {
  const { app, setTrails } = made({ chosen: 1 });
  const now = () => setTrails.mock.lastCall![0] as number[];
  expect(now()).toEqual([1]);
  app.session.set({ neighbors: [2, 0].map((id) => ({ id, score: 1 })) });
  app.store.set({ trails: "neighbors" });
  expect(now()).toEqual([1, 2, 0]);
  app.store.set({ trails: "none" });
  expect(now()).toEqual([]);
});

test("the neighbors are those of the moment; the old ones stay until the new ones are there", async () => {
  const answers: ((found: readonly Neighbor[]) => void)[] = [];
  const nearest = vi.fn<DataSource["nearest"]>(() => new Promise((resolve) => answers.push(resolve)));
  const { app } = made({ chosen: 1 }, { nearest });
  controlNeighbors(app);
  expect(nearest).not.toHaveBeenCalled(); // until it is known when the token has a direction
  app.session.set({ lengths: Float32Array.of(1, 1, 1, 1) });
  answers[0]([{ id: 2, score: 0.5 }]);
  await vi.advanceTimersByTimeAsync(1000);
  app.store.set({ moment: 1 });
  expect(nearest.mock.calls.map(([{ moment }]) => moment)).toEqual([3, 1]);
  expect(app.session.get().neighbors!.map(({ id }) => id)).toEqual([2]);
  answers[1]([{ id: 0, score: 0.5 }]);
  await vi.advanceTimersByTimeAsync(0);
  expect(app.session.get().neighbors!.map(({ id }) => id)).toEqual([0]);
});

test("a token without direction at a moment has no neighbors then, also where its lengths come later", () => {
  const { app } = made({ chosen: 0 }, { nearest: () => new Promise<readonly Neighbor[]>(() => {}) });
  controlNeighbors(app);
  expect(app.session.get().neighbors).toBeNull();
  app.session.set({ lengths: Float32Array.of(1, 1, 1, NaN) });
  expect(app.session.get().neighbors).toEqual([]);
});

test("a token is compared with its nearest at the end, or with the one that was named", async () => {
  const nearest = vi.fn<DataSource["nearest"]>(async () => [{ id: 2, score: 0.5 }]);
  const overTime = vi.fn(async (_: number, other: number | null) => Float32Array.of(other ?? -1));
  const { app } = made({}, { nearest, overTime });
  controlOverTime(app);
  expect(overTime).not.toHaveBeenCalled();
  app.store.set({ chosen: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect(app.session.get().meeting).toEqual({ id: 2, similarities: Float32Array.of(2) });
  expect(app.session.get().lengths).toEqual(Float32Array.of(-1));
  app.store.set({ compared: 3 });
  await vi.advanceTimersByTimeAsync(0);
  expect(app.session.get().meeting!.id).toBe(3);
  expect(nearest).toHaveBeenCalledTimes(1);
  app.store.set({ chosen: null });
  expect([app.session.get().meeting, app.session.get().lengths]).toEqual([null, null]);
});

test("a page without a timeline does none of this", () => {
  const { app, setMoment, setTrails } = made({}, { manifest: { ...film, timeline: null } });
  app.store.set({ moment: 1, playing: true, chosen: 1 });
  vi.advanceTimersByTime(1000);
  expect([setMoment.mock.calls, setTrails.mock.calls, app.store.get().moment]).toEqual([[], [], 1]);
});
