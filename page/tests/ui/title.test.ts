import { expect, test } from "vitest";
import { titleText } from "../../src/ui/title";
import { fakeApp, manifest } from "../fake-app";

const titled = (title: string, nTokens: number, lang: "en" | "ko") =>
  titleText(fakeApp({ manifest: { ...manifest, title, nTokens } }, { lang }).app);

test("a title that was given stays, one that Python made is in the language of the page", () => {
  expect(titled("pets", 4, "ko")).toBe("pets");
  expect(titled("1,234 tokens in 3 dimensions", 1234, "ko")).toBe("토큰 1,234개, 3차원");
  expect(titled("1 token in 3 dimensions", 1, "ko")).toBe("토큰 1개, 3차원");
  expect(titled("1 token in 3 dimensions", 1, "en")).toBe("1 token in 3 dimensions");
  expect(titled("4 tokens in 3 dimensions", 1234, "ko")).toBe("4 tokens in 3 dimensions");
});
