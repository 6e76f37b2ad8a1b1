import { expect, test } from "vitest";
import { errorText, knownError } from "../../src/ui/errors";

test("an error stays as it is in English", () => {
  expect(errorText("en", "every row holds NaN or infinity, so there is nothing to draw")).toBe(
    "every row holds NaN or infinity, so there is nothing to draw",
  );
  expect(errorText("en", "KeyError: 'x'")).toBe("KeyError: 'x'");
});

test("a known error is told in Korean, with its values", () => {
  expect(errorText("ko", "the server answered 502")).toBe("서버가 요청을 처리하지 못했어요 (상태 코드 502).");
  expect(errorText("ko", "a text of 5,000,000 bytes is too long; the page takes up to 4,194,304")).toBe(
    "텍스트가 너무 길어요 (5,000,000바이트). 4,194,304바이트까지 입력할 수 있어요.",
  );
  expect(errorText("ko", "the axis 'a → b' has no direction: its two ends need tokens that point elsewhere")).toContain(
    "'a → b'",
  );
});

test("the longer of two texts that fit wins", () => {
  expect(errorText("ko", "tokenizer 'kiwi' needs an optional package: pip install 'tovec[ko]'")).toBe(
    "토크나이저 'kiwi'에는 추가 패키지가 필요해요: pip install 'tovec[ko]'",
  );
});

test("characters of patterns in a text stand for themselves", () => {
  expect(knownError("ko", "Unmatched ')'")).toBe("짝이 없는 ‘)’가 있어요");
  expect(knownError("ko", "numbers out of order in {} quantifier")).not.toBeNull();
  expect(knownError("ko", "the server answered 502, twice\n")).not.toBeNull();
});

test("what is not known is put into a Korean sentence", () => {
  expect(knownError("ko", "KeyError: 'x'")).toBeNull();
  expect(errorText("ko", "KeyError: 'x'")).toBe("오류가 발생했어요 (KeyError: 'x')");
});

test.each(["(", "a)", "[", "*", "a{", "a{2", "a{2,1}", "[b-a]", "\\q", "(?", "\\", "\\p{Foo}", "{", "]"])(
  "the reason against the pattern %s is known",
  (source) => {
    let reason = "";
    try {
      new RegExp(source, "iu");
    } catch (error) {
      reason = (error as Error).message.replace(/^.*: /s, "");
    }
    expect(reason).not.toBe("");
    expect(knownError("ko", reason), reason).not.toBeNull();
  },
);
