import { expect, it } from "vitest";
import { OBLIQUE, FRONT, viewProjection } from "../../src/state/camera";
import { cameraBeside, lessonText, pointOf, shownNumbers, shownRows } from "../../src/state/first-lesson";

it("uses the four words if the vocabulary has them", () => {
  expect(lessonText(() => true, ["the", "of"], "ko")).toBe("cat dog mat sat");
  expect(lessonText((token) => token === "cat", ["the", "of", "고양이", "and", "is", "cat"], "en")).toBe(
    "the of and is",
  );
});

it("uses tokens as they are if none is a word", () => {
  expect(lessonText(() => false, ["1", "2", "3", "4", "5"], "en")).toBe("1 2 3 4");
});

it("uses a short text if tokens are bytes or characters", () => {
  expect(lessonText((token) => token === "<0x00>", ["<0x00>", "<0x01>"], "ko")).toBe("한글");
  expect(lessonText((token) => "cats e".includes(token), [..."escta "], "en")).toBe("cats");
});

it("shows a small table in full, and the lesson's rows of a large one, with marks for the omitted rows", () => {
  expect(shownRows([1, 3], 4)).toEqual([0, 1, 2, 3]);
  expect(shownRows([7, 0, 8, 7], 100)).toEqual([0, null, 7, 8, null]);
  expect(shownRows([99, 5], 100)).toEqual([null, 5, null, 99]);
});

it("leaves out only ids past the table", () => {
  expect([shownNumbers(3, 5), shownNumbers(5, 5), shownNumbers(6, 5)]).toEqual([3, 5, 4]);
});

it("reads two or three of the three numbers a point has", () => {
  const coordinates = Float32Array.of(0, 1, 2, 3, 4, 5);
  expect(pointOf(coordinates, 1, 3)).toEqual([3, 4, 5]);
  expect(pointOf(coordinates, 1, 2)).toEqual([3, 4]);
});

it.each([
  [FRONT, 716, 628],
  [OBLIQUE, 716, 628],
  [OBLIQUE, 1400, 500],
])("sees the points beside the card", (camera, width, height) => {
  const points = Float32Array.of(1, 0.6, -0.5, -1, -0.6, 0.1, 0.1, -0.5, 0.3, 0, 1, 0);
  const matrix = viewProjection(cameraBeside(camera, points, 420, width, height)!, width, height);
  for (let at = 0; at < points.length; at += 3) {
    const place = [...points.subarray(at, at + 3), 1];
    const clip = (row: number) => place.reduce((sum, value, column) => sum + matrix[4 * column + row] * value, 0);
    const [x, y] = [clip(0) / clip(3), clip(1) / clip(3)];
    expect(((x + 1) / 2) * width).toBeGreaterThan(420);
    expect(x).toBeLessThan(1);
    expect(Math.abs(y)).toBeLessThan(1);
  }
});

it("leaves the camera unchanged if there is no room beside the card", () => {
  expect(cameraBeside(FRONT, Float32Array.of(0, 0, 0), 380, 390, 600)).toBeNull();
});
