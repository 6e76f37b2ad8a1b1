/**
 * Errors in the language of the page. They arrive in English, from Python and from modules that know no language; an
 * error is known by its English text, as in gettext, and the values in it go into the text of the other language.
 */
import type { Lang } from "../state/state";
import { languages, type Key } from "./i18n";

interface Known {
  readonly key: Key;
  readonly pattern: RegExp;
}

const OTHER = "error.other" satisfies Key;

/** Those with the longest text first: a shorter one may be a part of it. */
const KNOWN: readonly Known[] = Object.entries(languages.en)
  .filter(([key]) => key.startsWith("error.") && key !== OTHER)
  .sort(([, one], [, other]) => literal(other).length - literal(one).length)
  .map(([key, text]) => ({ key: key as Key, pattern: patternOf(text) }));

/** `message` in `lang`. One that is not known is put into a sentence of that language as it is. */
export function errorText(lang: Lang, message: string): string {
  return knownError(lang, message) ?? filled(languages[lang][OTHER], { why: message });
}

const NO_DIRECTION: readonly Key[] = ["error.rowNaN", "error.rowInfinity", "error.rowZeros"];

/** Whether an error says that a token has no direction, which the page says of that token in its own words. */
export function saysNoDirection(message: string): boolean {
  return KNOWN.some(({ key, pattern }) => NO_DIRECTION.includes(key) && pattern.test(message));
}

/** `message` in `lang`; null for one that is not known. */
export function knownError(lang: Lang, message: string): string | null {
  if (lang === "en") return message;
  for (const { key, pattern } of KNOWN) {
    const found = pattern.exec(message);
    if (found) return filled(languages[lang][key], found.groups ?? {});
  }
  return null;
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function literal(text: string): string {
  return text.replace(/\{\w+\}/g, "");
}

function patternOf(text: string): RegExp {
  const parts = text.split(/\{(\w+)\}/); // text, name, text, name, … text
  const source = parts.map((part, at) => (at % 2 ? `(?<${part}>.+?)` : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")));
  return new RegExp(`^${source.join("")}$`, "su");
}
