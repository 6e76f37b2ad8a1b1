import { expect, it } from "vitest";
import type { Covered } from "../../src/state/examples";
import { lessonText, lessonTexts, roomBeside, shownNumbers, shownRows } from "../../src/state/first-lesson";

it("begins with the four words where the vocabulary has them, then with sentences of the reader's language", () => {
  expect(lessonTexts(() => true, ["the", "of"], "ko")[0]).toBe("cat dog mat sat");
  expect(lessonTexts((token) => token === "cat", [], "ko")[0]).toMatch(/^[가-힣 ]+$/);
  expect(lessonTexts(() => false, [], "en")[0]).toBe("the cat sat on the mat");
});

it("ends with words that say something, never with the most frequent where there are others", () => {
  const frequent = ["the", "to", "is", "of", "film", "plot", "story", "actor"];
  expect(lessonTexts(() => false, frequent, "en")).toContain("film plot story actor");
});

it("takes the first text whose tokens fit on the card, else the one with the fewest", () => {
  const covered = (text: string, n: number): Covered => ({
    text,
    pieces: Array.from({ length: n }, (_, id) => ({ start: id, end: id + 1, token: text[id], id, known: true })),
  });
  expect(lessonText([covered("long ago", 8), covered("cats", 4), covered("dog", 3)], 6)?.text).toBe("cats");
  expect(lessonText([covered("long ago", 8), covered("catsdog", 7)], 6)?.text).toBe("catsdog");
  expect(lessonText([covered("a", 1)], 6)).toBeNull();
});

it("shows a small table in full, and the lesson's rows of a large one, with marks for the omitted rows", () => {
  expect(shownRows([1, 3], 4)).toEqual([0, 1, 2, 3]);
  expect(shownRows([7, 0, 8, 7], 100)).toEqual([0, null, 7, 8, null]);
  expect(shownRows([99, 5], 100)).toEqual([null, 5, null, 99]);
});

it("leaves out only ids past the table", () => {
  expect([shownNumbers(3, 5), shownNumbers(5, 5), shownNumbers(6, 5)]).toEqual([3, 5, 4]);
});

it("finds the room beside the card on a wide map, above it on a phone, and none where there is none", () => {
  const map = { x: 0, y: 0, width: 716, height: 628 };
  const beside = roomBeside(map, { x: 14, y: 200, width: 392, height: 414 })!;
  expect(beside.x).toBeGreaterThan(406);
  expect(beside.x + beside.width).toBeLessThan(716);
  const phone = { x: 0, y: 50, width: 390, height: 600 };
  const above = roomBeside(phone, { x: 14, y: 280, width: 362, height: 360 })!;
  expect([above.y > 50, above.y + above.height < 280, above.width > 300]).toEqual([true, true, true]);
  expect(roomBeside(phone, { x: 14, y: 90, width: 362, height: 550 })).toBeNull();
});
