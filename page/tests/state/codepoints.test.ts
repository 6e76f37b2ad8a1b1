import { expect, test } from "vitest";
import { codePoints, quoted } from "../../src/state/codepoints";

test("code points are listed, not UTF-16 units", () => {
  expect(codePoints("가👍 ")).toEqual([
    { code: "U+AC00", shown: "가" },
    { code: "U+1F44D", shown: "👍" },
    { code: "U+0020", shown: "␣" },
  ]);
});

test("a quoted token escapes invisible characters and reads back as the token", () => {
  const tokens = [" the", "\n", 'a"b\\', "\u200b", "\u00a0x", "\u{e0041}", "\ufeff", "가", "\u2028", "\ud800"];
  // oxlint-disable-next-line typescript/no-implied-eval -- JavaScript itself is the reader to compare with
  for (const token of tokens) expect(new Function(`return ${quoted(token)}`)()).toBe(token);
  expect(quoted(" the")).toBe('" the"');
  expect(quoted("\u200b")).toBe('"\\u200b"');
  expect(quoted("\u{e0041}")).toBe('"\\u{e0041}"');
});
