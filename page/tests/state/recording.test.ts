import { expect, test } from "vitest";
import { momentOfVideo, videoBitsPerS, videoFormat, videoSeconds } from "../../src/state/recording";

test("the first moment stays for .6 s, the last for 2 s, and two pass in a second at speed 1", () => {
  expect(videoSeconds(49, 1)).toBeCloseTo(0.6 + 24.5 + 2);
  expect(videoSeconds(49, 4)).toBeCloseTo(0.6 + 6.125 + 2);
  const shown = [0, 0.5, 0.6, 1.1, 1.35, 5.6, 7.6].map((seconds) => momentOfVideo(seconds, 10, 1));
  [0, 0, 0, 1, 1.5, 10, 10].forEach((moment, at) => expect(shown[at]).toBeCloseTo(moment));
});

test("the last moment is reached two seconds before the end, at every speed", () => {
  for (const speed of [0.5, 1, 2, 4] as const) {
    const arrives = videoSeconds(3, speed) - 2;
    expect(momentOfVideo(arrives - 0.01, 3, speed)).toBeLessThan(3);
    expect(momentOfVideo(arrives + 1e-9, 3, speed)).toBe(3);
  }
});

test("WebM is written where there is a choice, MP4 where the browser makes only that, else nothing", () => {
  expect(videoFormat(() => true)).toEqual({ mimeType: "video/webm;codecs=vp8", suffix: "webm" });
  expect(videoFormat((type) => type.startsWith("video/mp4"))?.suffix).toBe("mp4");
  expect(videoFormat((type) => type === "video/webm")).toEqual({ mimeType: "video/webm", suffix: "webm" });
  expect(videoFormat(() => false)).toBeNull();
});

test("a larger picture gets more bits, within limits", () => {
  expect(videoBitsPerS(1600, 1000)).toBe(1600 * 1000 * 30 * 0.12);
  expect(videoBitsPerS(100, 100)).toBe(2.5e6);
  expect(videoBitsPerS(8000, 8000)).toBe(40e6);
});
