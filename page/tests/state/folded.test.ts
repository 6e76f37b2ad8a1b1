import { expect, test } from "vitest";
import { TokenTable } from "../../src/data/tokens";
import { fold, foldedSearch } from "../../src/state/folded";

const words = [
  "cat",
  "İstanbul",
  "I\u0307zmir",
  "żaba",
  "ｃａｔ",
  "ﬁne",
  "Straße",
  "strasse",
  "ΟΔΟΣ",
  "𝐜𝐚𝐭",
  "고양이",
  "café",
];
const offsets = Uint32Array.from([0, ...words.keys()].map((_, n) => words.slice(0, n).join("").length));
const tokens = new TokenTable(words.join(""), offsets);
const found = (text: string) => [...foldedSearch(tokens).search(text)].map((id) => words[id]);

test("a text finds the tokens that hold it once both are folded", () => {
  expect(found("istanbul")).toEqual(["İstanbul"]);
  expect(found("IZM")).toEqual(["I\u0307zmir"]);
  expect(found("zaba")).toEqual(["żaba"]);
  expect(found("fin")).toEqual(["ﬁne"]);
  expect(found("ẞ")).toEqual(["Straße", "strasse"]);
  expect(found("STRASSE")).toEqual(["Straße"]); // the plain search finds the other
  expect(found("İ")).toEqual(["İstanbul", "I\u0307zmir", "ﬁne", "ΟΔΟΣ"].filter((word) => fold(word).includes("i")));
  expect(found("οδος")).toEqual(["ΟΔΟΣ"]);
  expect(found("cat")).toEqual(["ｃａｔ", "𝐜𝐚𝐭"]);
});

test("other marks stay, Hangul is left to its own search, and nothing finds nothing", () => {
  expect(found("cafe")).toEqual([]);
  expect(fold("고양이 é")).toBe("고양이 é");
  expect([found(""), found("\u0307")]).toEqual([[], []]);
});
