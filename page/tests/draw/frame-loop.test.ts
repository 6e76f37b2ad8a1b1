import { expect, test } from "vitest";
import { FrameLoop, type Frame } from "../../src/draw/frame-loop";
import { FakeScreen } from "./helpers";

test("however often a frame is requested, one is drawn at each refresh", () => {
  const screen = new FakeScreen();
  const frames: Frame[] = [];
  const loop = new FrameLoop((frame) => frames.push(frame), screen);
  for (let i = 0; i < 5; i++) loop.request();
  expect(loop.isPending).toBe(true);
  screen.refresh();
  expect(frames).toHaveLength(1);
  expect(loop.isPending).toBe(false);
  expect(screen.refresh()).toBe(false);
});

test("a frame can request the next one", () => {
  const screen = new FakeScreen();
  let drawn = 0;
  const loop = new FrameLoop(() => {
    if (++drawn < 3) loop.request();
  }, screen);
  loop.request();
  for (let i = 0; i < 10; i++) screen.refresh();
  expect(drawn).toBe(3);
});

test("frames know the time since the one before, and fading uses at most 50 ms of it", () => {
  const screen = new FakeScreen();
  const frames: Frame[] = [];
  const loop = new FrameLoop((frame) => frames.push(frame), screen);
  for (const ms of [16, 30, 4000]) {
    loop.request();
    screen.refresh(ms);
  }
  expect(frames.slice(1).map(({ interval, elapsed }) => [interval, elapsed])).toEqual([
    [30, 30],
    [4000, 50],
  ]);
  expect(frames[2].start).toBe(screen.time);
});

test("a frame drawn at once replaces one that is pending", () => {
  const screen = new FakeScreen();
  let drawn = 0;
  const loop = new FrameLoop(() => drawn++, screen);
  loop.request();
  loop.drawNow();
  expect(drawn).toBe(1);
  expect(screen.refresh()).toBe(false);
});

test("the work of the last 120 frames is measured", () => {
  const screen = new FakeScreen();
  let work = 0;
  const loop = new FrameLoop(() => void (screen.time += work), screen);
  for (work = 1; work <= 130; work++) {
    loop.request();
    screen.refresh();
  }
  expect(loop.times).toHaveLength(120);
  expect([loop.times[0], loop.times.at(-1)]).toEqual([11, 130]);
});

test("nothing is drawn after the loop was stopped", () => {
  const screen = new FakeScreen();
  const loop = new FrameLoop(() => expect.unreachable(), screen);
  loop.request();
  loop.stop();
  expect(screen.refresh()).toBe(false);
  expect(loop.isPending).toBe(false);
});
