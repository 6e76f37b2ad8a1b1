import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fitPoints, NO_FITTING } from "../../src/draw/fitting";
import { GLIDE_MS } from "../../src/draw/motion";
import { HELD_REST_MS, REST_MS, ViewCycle } from "../../src/draw/view-cycle";
import { FRONT, OBLIQUE, type Camera } from "../../src/state/camera";
import { FakeScreen, randomCloud } from "./helpers";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function made(n = 100, isProjected = true) {
  const cloud = randomCloud(n);
  const screen = new FakeScreen();
  const log: string[] = [];
  const budgets: number[] = [];
  const cameras: (Camera | null)[] = [];
  const state = { isHeld: false, isFading: false, isBusy: false };
  const cycle = new ViewCycle(
    {
      cloud,
      compositor: {
        drawGrid: () => void log.push("grid"),
        drawPoints: (_, budget) => {
          log.push("points");
          budgets.push(budget);
          return Math.min(budget, cloud.n);
        },
        drawTop: () => (log.push("top"), state.isFading),
        resize: () => void log.push("resize"),
      },
      jobs: {
        invalidate: () => void log.push("invalidate"),
        settle: () => void log.push("settle"),
        prelabel: () => void log.push("prelabel"),
        cancel: () => void log.push("cancel"),
        get isBusy() {
          return state.isBusy;
        },
      },
      isHeld: () => state.isHeld,
      onCamera: (camera) => void cameras.push(camera),
    },
    screen,
  );
  if (isProjected) cycle.setDims(2, null);
  rest();
  log.length = 0;

  /** Refresh until nothing is drawn any more, and let the timer for rest come. */
  function rest(): void {
    while (screen.refresh());
    vi.advanceTimersByTime(HELD_REST_MS);
    while (screen.refresh());
  }
  /** Project again, to other places. */
  function move(dims: 2 | 3, start: number | null): void {
    const points = Float32Array.from({ length: dims * cloud.n }, (_, i) => Math.sin(i));
    cloud.moveTo(points, dims, fitPoints(points, dims));
    cycle.setDims(dims, start);
  }
  return { cloud, screen, log, budgets, cameras, state, cycle, rest, move };
}

test("a change above the points is drawn without the points", () => {
  const { cycle, log, screen } = made();
  cycle.redrawTop();
  screen.refresh();
  expect(log).toEqual(["top"]);
  cycle.redraw();
  screen.refresh();
  expect(log).toEqual(["top", "grid", "points", "top"]);
});

test("a view in which nothing changes is not drawn again", () => {
  const { screen, cycle } = made();
  expect(cycle.isSettled).toBe(true);
  expect(screen.refresh()).toBe(false);
});

test("a movement drops index and labels, and rest brings new ones", () => {
  const { cycle, log, screen } = made();
  cycle.camera.goTo(OBLIQUE, null);
  cycle.changed();
  expect(log).toEqual(["invalidate"]);
  expect(cycle.view.camera).toEqual(OBLIQUE);
  screen.refresh();
  vi.advanceTimersByTime(REST_MS - 1);
  expect(log).not.toContain("settle");
  vi.advanceTimersByTime(1);
  expect(log).toContain("settle");
});

test("rest comes later while a button is down, and each movement puts it off", () => {
  const { cycle, log, state } = made();
  state.isHeld = true;
  cycle.changed();
  vi.advanceTimersByTime(HELD_REST_MS - 1);
  cycle.changed();
  vi.advanceTimersByTime(HELD_REST_MS - 1);
  expect(log).not.toContain("settle");
  vi.advanceTimersByTime(1);
  expect(log.filter((entry) => entry === "settle")).toHaveLength(1);
});

test("at rest all slots are drawn, also where few of them have a place", () => {
  const { cycle, budgets, screen, cloud, rest } = made(200_000);
  cloud.moveTo(new Float32Array(400_000).fill(NaN).fill(0, -20), 2, NO_FITTING);
  for (let i = 0; i < 10; i++) {
    cycle.changed();
    screen.refresh(100);
  }
  expect(budgets.at(-1)).toBeLessThan(cloud.n);
  rest();
  expect(budgets.at(-1)).toBe(Infinity);
});

test("while frames are slow fewer points are drawn, and all of them at rest", () => {
  const { cycle, budgets, screen, cloud } = made(200_000);
  for (let i = 0; i < 10; i++) {
    cycle.changed();
    screen.refresh(100);
  }
  expect(budgets.at(-1)).toBeLessThan(cloud.n);
  expect(cycle.drawn).toBe(budgets.at(-1));
  vi.advanceTimersByTime(REST_MS);
  screen.refresh();
  expect(budgets.at(-1)).toBe(Infinity);
  expect(cycle.drawn).toBe(cloud.n);
});

test("at rest the points are not drawn again if all of them were drawn, except after the context was lost", () => {
  const { cycle, log, rest } = made();
  cycle.changed();
  rest();
  expect(log.filter((entry) => entry === "points")).toHaveLength(1);
  cycle.restored();
  rest();
  expect(log.filter((entry) => entry === "points")).toHaveLength(3);
});

test("points are not drawn before there is a projection, and the first one does not glide", () => {
  const { cloud } = made();
  cloud.glide = 0;
  const screen = new FakeScreen();
  const drawPoints = vi.fn(() => 0);
  const nothing = () => {};
  const cycle = new ViewCycle(
    {
      cloud,
      compositor: { drawGrid: nothing, drawPoints, drawTop: () => false, resize: nothing },
      jobs: { invalidate: nothing, settle: nothing, prelabel: nothing, cancel: nothing, isBusy: false },
      isHeld: () => false,
      onCamera: nothing,
    },
    screen,
  );
  cycle.reset();
  screen.refresh();
  expect(drawPoints).not.toHaveBeenCalled();
  cycle.setDims(2, screen.time);
  expect(cloud.glide).toBe(1);
  screen.refresh();
  expect(drawPoints).toHaveBeenCalledOnce();
});

describe("a glide", () => {
  test("of the camera continues by itself, then the view rests and the camera is reported", () => {
    const { cycle, screen, cameras, rest } = made();
    cycle.camera.goTo(OBLIQUE, screen.time);
    cycle.changed();
    screen.refresh(GLIDE_MS / 2);
    expect(cycle.view.camera.azimuth).toBeCloseTo(OBLIQUE.azimuth / 2);
    vi.advanceTimersByTime(HELD_REST_MS);
    expect(cameras).toEqual([]);
    while (screen.refresh());
    expect(cycle.view.camera).toEqual(OBLIQUE);
    rest();
    expect(cameras).toEqual([OBLIQUE]);
  });

  test("from 2-D to 3-D moves points and camera, with labels for where they go", () => {
    const { cycle, screen, log, cloud, move, cameras, rest } = made();
    move(3, screen.time);
    expect(log).toContain("prelabel");
    screen.refresh(GLIDE_MS / 2);
    expect([cloud.glide, cloud.depthCue]).toEqual([0.5, 0.5]);
    rest();
    expect([cloud.glide, cloud.depthCue]).toEqual([1, 1]);
    expect(cycle.view.camera).toEqual(OBLIQUE);
    expect(cameras).toEqual([null]); // home
  });

  test("is skipped where no start is given", () => {
    const { cycle, cloud, move, log } = made();
    move(3, null);
    expect([cloud.glide, cloud.depthCue, cycle.view.camera]).toEqual([1, 1, OBLIQUE]);
    expect(log).not.toContain("prelabel");
  });

  test("ends when there are other tokens", () => {
    const { cycle, screen, cloud, move, log } = made();
    move(2, screen.time);
    cycle.reset();
    screen.refresh(GLIDE_MS / 2);
    expect(cloud.glide).toBe(0);
    expect(log).toContain("cancel");
  });
});

describe("another moment of a timeline", () => {
  function film() {
    const all = made();
    const { cloud, cycle, rest } = all;
    const points = Float32Array.from({ length: 2 * 3 * cloud.n }, (_, i) => Math.sin(i));
    cloud.moveTo(points, 2, NO_FITTING);
    cycle.setDims(2, null);
    rest();
    all.log.length = 0;
    return all;
  }

  test("is shown at once, with labels for the next one, and the view rests later than after other movements", () => {
    const { cycle, cloud, log, screen } = film();
    cycle.showMoment(0.5, null);
    expect([cloud.moment, cloud.glide]).toEqual([0.5, 0.5]);
    expect(log).toEqual(["invalidate", "prelabel"]);
    screen.refresh();
    vi.advanceTimersByTime(HELD_REST_MS - 1);
    expect(log).not.toContain("settle");
    vi.advanceTimersByTime(1);
    expect(log).toContain("settle");
  });

  test("is reached in a glide where a start is given, and one that is shown at once ends the glide", () => {
    const { cycle, cloud, screen } = film();
    cycle.showMoment(2, screen.time);
    screen.refresh(GLIDE_MS / 2);
    expect([cycle.isGliding, cloud.moment, cloud.glide]).toEqual([true, 2, 0.5]);
    cycle.showMoment(1.75, null);
    expect([cycle.isGliding, cloud.glide, cloud.depthCue]).toEqual([false, 0.75, 0]);
  });

  test("does not exist before the first projection", () => {
    const { cycle, log } = made(100, false);
    cycle.showMoment(1, null);
    expect(log).toEqual([]);
  });
});

describe("settling", () => {
  test("waits for rest, for labels and until they have faded in", async () => {
    const { cycle, screen, state } = made();
    let isSettled = false;
    cycle.changed();
    const settled = cycle.settle().then(() => (isSettled = true));
    Object.assign(state, { isFading: true, isBusy: true });
    screen.refresh();
    vi.advanceTimersByTime(REST_MS);
    screen.refresh();
    expect(cycle.isSettled).toBe(false);
    state.isBusy = false;
    cycle.redrawTop();
    screen.refresh();
    await Promise.resolve();
    expect([cycle.isSettled, isSettled]).toEqual([false, false]);
    state.isFading = false;
    screen.refresh();
    await settled;
    expect(isSettled).toBe(true);
  });

  test("waits for rest without a projection too, and has no labels to wait for", async () => {
    const { cycle, screen, log } = made(100, false);
    cycle.changed();
    const settled = cycle.settle();
    while (screen.refresh());
    vi.advanceTimersByTime(REST_MS);
    await settled;
    expect(log).not.toContain("settle");
  });

  test("resolves at once for a view that rests", async () => {
    await made().cycle.settle();
  });
});

test("another size is drawn at once, since a canvas that changes its size is empty", () => {
  const { cycle, log } = made();
  cycle.resize(640, 480, 2);
  expect(log).toEqual(["resize", "invalidate", "grid", "points", "top"]);
  expect(cycle.view).toMatchObject({ width: 640, height: 480, camera: FRONT });
});

test("after it is destroyed nothing is drawn and nothing settles", () => {
  const { cycle, screen, log } = made();
  cycle.changed();
  cycle.destroy();
  log.length = 0;
  vi.advanceTimersByTime(HELD_REST_MS);
  expect(screen.refresh()).toBe(false);
  expect(log).toEqual([]);
});

test("before the first projection nothing is labeled", () => {
  const screen = new FakeScreen();
  const settle = vi.fn();
  const jobs = { invalidate: () => {}, settle, prelabel: () => {}, cancel: () => {}, isBusy: false };
  const compositor = { drawGrid: () => {}, drawPoints: () => 0, drawTop: () => false, resize: () => {} };
  const cycle = new ViewCycle(
    { cloud: randomCloud(4), compositor, jobs, isHeld: () => false, onCamera: () => {} },
    screen,
  );
  cycle.resize(800, 600, 1);
  vi.advanceTimersByTime(HELD_REST_MS);
  expect(settle).not.toHaveBeenCalled();
  cycle.setDims(2, null);
  vi.advanceTimersByTime(HELD_REST_MS);
  expect(settle).toHaveBeenCalledTimes(1);
});
