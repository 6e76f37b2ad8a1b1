import { describe, expect, test } from "vitest";
import { CameraMotion, GLIDE_MS, PointMotion } from "../../src/draw/motion";
import { FRONT, OBLIQUE, type Camera } from "../../src/state/camera";

const SIDE: Camera = { target: [0.1, 0.2, 0.3], distance: 2, azimuth: 0.5, elevation: 0.2 };

describe("the camera", () => {
  test("sees the first picture from the start of its dimensions, unless one was given before", () => {
    for (const [dims, home] of [
      [2, FRONT],
      [3, OBLIQUE],
    ] as const) {
      const camera = new CameraMotion();
      camera.setDims(dims, null);
      expect(camera.current).toEqual(home);
      expect(camera.home).toEqual(home);
    }
    const camera = new CameraMotion();
    camera.set(SIDE, null);
    camera.setDims(3, 0);
    expect(camera.current).toEqual(SIDE);
  });

  test("at home follows home, as when the map changes its size, until it is moved", () => {
    const camera = new CameraMotion();
    camera.setDims(2, null);
    camera.setHome(SIDE, null);
    expect(camera.current).toEqual(SIDE);
    camera.goTo({ ...SIDE, distance: 1 }, null);
    camera.setHome({ ...SIDE, distance: 5 }, null);
    expect([camera.current.distance, camera.isHome]).toEqual([1, false]);
    camera.goHome(null);
    expect([camera.current.distance, camera.isHome]).toEqual([5, true]);
    camera.set(OBLIQUE, null);
    camera.set(null, null);
    expect([camera.current.distance, camera.isHome]).toEqual([5, true]);
  });

  test("looks straight at a flat picture, also when another camera is set", () => {
    const camera = new CameraMotion();
    camera.set(SIDE, null);
    camera.setDims(2, null);
    expect(camera.current).toEqual({ ...SIDE, azimuth: 0, elevation: 0 });
    camera.set(SIDE, null);
    expect(camera.current).toEqual({ ...SIDE, azimuth: 0, elevation: 0 });
  });

  test("glides to its goal in the time of a glide, and passes the middle at half of it", () => {
    const camera = new CameraMotion();
    camera.setDims(3, null);
    camera.set({ ...OBLIQUE, azimuth: OBLIQUE.azimuth + 1 }, 1000);
    expect(camera.goal.azimuth).toBe(OBLIQUE.azimuth + 1);
    expect(camera.current).toEqual(OBLIQUE);
    let before = OBLIQUE.azimuth;
    for (const t of [0.1, 0.3, 0.5, 0.9]) {
      expect(camera.advance(1000 + t * GLIDE_MS)).toBe(true);
      expect(camera.current.azimuth).toBeGreaterThan(before);
      before = camera.current.azimuth;
      if (t === 0.5) expect(before).toBeCloseTo(OBLIQUE.azimuth + 0.5);
    }
    expect(camera.isGliding).toBe(true);
    camera.advance(1000 + GLIDE_MS);
    expect(camera.current).toEqual(camera.goal);
    expect(camera.isGliding).toBe(false);
    expect(camera.advance(1000 + 2 * GLIDE_MS)).toBe(false);
  });

  test("stays where the user moves it in the middle of a glide", () => {
    const camera = new CameraMotion();
    camera.set(SIDE, 0);
    camera.advance(GLIDE_MS / 2);
    const now = { ...camera.current, distance: 1 };
    camera.goTo(now, null);
    expect(camera.advance(GLIDE_MS)).toBe(false);
    expect(camera.current).toEqual(now);
  });

  test("is reported once after the user or a change of dimensions moved it, not when it is set from outside", () => {
    const camera = new CameraMotion();
    camera.setDims(2, null);
    camera.set(SIDE, null);
    expect(camera.takeReport()).toBe(false);
    camera.goTo(SIDE, null);
    expect([camera.takeReport(), camera.takeReport()]).toEqual([true, false]);
    camera.setDims(2, null);
    expect(camera.takeReport()).toBe(false);
    camera.setDims(3, 0);
    expect(camera.goal).toEqual(OBLIQUE);
    expect(camera.takeReport()).toBe(true);
  });
});

describe("the points", () => {
  test("glide from where they are, and depth appears with them on the way from 2-D to 3-D", () => {
    const points = { glide: 0, depthCue: 0 };
    const motion = new PointMotion(points);
    motion.goTo(3, 500);
    motion.advance(500);
    expect(points).toEqual({ glide: 0, depthCue: 0 });
    motion.advance(500 + GLIDE_MS / 2);
    expect(points).toEqual({ glide: 0.5, depthCue: 0.5 });
    motion.advance(500 + 2 * GLIDE_MS);
    expect(points).toEqual({ glide: 1, depthCue: 1 });
    expect(motion.isGliding).toBe(false);
  });

  test("keep their depth when a glide starts in the middle of another", () => {
    const points = { glide: 0, depthCue: 0 };
    const motion = new PointMotion(points);
    motion.goTo(3, 0);
    motion.advance(GLIDE_MS / 2);
    points.glide = 0;
    motion.goTo(2, GLIDE_MS / 2);
    motion.advance(GLIDE_MS / 2);
    expect(points.depthCue).toBe(0.5);
    motion.advance(GLIDE_MS);
    expect(points.depthCue).toBe(0.25);
  });

  test("follow a goal that moves on at a steady speed, for as long as is said", () => {
    const points = { glide: 0, depthCue: 0 };
    const motion = new PointMotion(points);
    motion.goTo(2, 0, 2000);
    for (const part of [0.25, 0.5, 0.75]) {
      motion.advance(2000 * part);
      expect(points.glide).toBe(part);
    }
    motion.advance(2000);
    expect(motion.isGliding).toBe(false);
  });

  test("jump where no start is given", () => {
    const points = { glide: 0, depthCue: 0 };
    const motion = new PointMotion(points);
    motion.goTo(3, null);
    expect(points).toEqual({ glide: 1, depthCue: 1 });
    expect(motion.advance(5)).toBe(false);
  });

  test("stop where they are", () => {
    const points = { glide: 0, depthCue: 0 };
    const motion = new PointMotion(points);
    motion.goTo(3, 0);
    motion.stop();
    expect(motion.advance(GLIDE_MS)).toBe(false);
    expect(points.glide).toBe(0);
  });
});
