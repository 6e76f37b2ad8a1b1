import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { languages, translator } from "../../src/ui/i18n";

const { en, ko } = languages;
const SRC = join(import.meta.dirname, "../../src");
/** Names that Korean writes in Latin letters, even where nothing stands beside them. */
const NAMES = /\b(?:tovec|PCA|UMAP|t-SNE|ID|2D|3D)\b/g;

function withoutPlaceholders(text: string): string {
  return text.replace(/\{\w+(\|[^{}]*)?\}/g, "");
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
}

/** All program text but the languages themselves. */
function sources(): string {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("i18n"))
    .map((path) => readFileSync(join(SRC, path), "utf8"))
    .join("\n");
}

const entries = Object.entries(en) as [keyof typeof en, string][];

test("both languages have the same keys in the same order", () => {
  expect(Object.keys(ko)).toEqual(Object.keys(en));
});

test("every key is used, and every key that is used exists", () => {
  const text = sources();
  const groups = new Set(entries.map(([key]) => key.split(".")[0]));
  const written = new Set([...text.matchAll(/"([a-z]+\.[A-Za-z][\w.]*)"/g)].map(([, key]) => key));
  // `method.${name}` uses whatever begins like it.
  const begun = [...text.matchAll(/(?:`([a-z]+\.[\w.]*)\$\{|\.startsWith\("([a-z]+\.)"\))/g)].map(
    ([, beginning, start]) => beginning ?? start,
  );
  const unused = entries.filter(([key]) => !written.has(key) && !begun.some((beginning) => key.startsWith(beginning)));
  const FILE = /\.(json|txt|css|js|html|u32|u16|f64|f32|f16|frame)$/;
  const missing = [...written].filter((key) => groups.has(key.split(".")[0]) && !(key in en) && !FILE.test(key));
  expect({ unused: unused.map(([key]) => key), missing }).toEqual({ unused: [], missing: [] });
});

test.each(entries)("%s holds the same values in both languages", (key, text) => {
  expect(placeholders(ko[key])).toEqual(placeholders(text));
});

test.each(entries)("%s is Korean in Korean and English in English", (key, text) => {
  const rest = withoutPlaceholders(ko[key]).replace(NAMES, "");
  if (/\p{L}/u.test(rest)) expect(rest).toMatch(/\p{Script=Hangul}/u);
  expect(text).not.toMatch(/\p{Script=Hangul}/u);
});

test("numbers are grouped as the language does, and a value that is not given stays visible", () => {
  expect(translator(() => "en")("search.found", { n: 12345 })).toBe("12,345 found");
  expect(translator(() => "ko")("search.found", { n: 12345 })).toBe("12,345개 찾음");
  expect(translator(() => "en")("search.found")).toBe("{n} found");
});

/** Where a number is never 1, or words after it are not counted by it. */
const NEVER_ONE = ["text.long", "lesson.point.asIs", "lesson.point.first"];
const COUNTS = ["n", "dim", "others"];

test.each(entries.filter(([key]) => !key.startsWith("error.") && !NEVER_ONE.includes(key)))(
  "%s is right in English for 1, and for 2",
  (key, text) => {
    const t = translator(() => "en");
    const all = (value: number) =>
      t(key, Object.fromEntries(placeholders(text).map((name) => [name, COUNTS.includes(name) ? value : "x"])));
    expect(all(1)).not.toMatch(/\b1 (?!(is|has)\b)([a-z]+s|are|have)\b|[{|}]/);
    expect(all(2)).not.toMatch(/\b2 (token|number|dimension|time|id|step|vector)\b|[{|}]/);
  },
);
