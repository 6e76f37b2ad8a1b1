/** One file a language; a test sees to it that none lacks a key or a placeholder. */
import { count } from "../../state/numbers";
import type { Lang } from "../../state/state";
import { en } from "./en";
import { ko } from "./ko";

export type Key = keyof typeof en;
/**
 * `t("search.found", { n: 12 })`: the text with {n} filled in; numbers are grouped as the language does.
 * {n|token|tokens} is the first word where n is 1, else the second.
 */
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export const languages: Readonly<Record<Lang, Readonly<Record<Key, string>>>> = { en, ko };
export const LOCALES: Readonly<Record<Lang, string>> = { en: "en-US", ko: "ko-KR" };

const PLACEHOLDER = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;

export function translator(lang: () => Lang): Translate {
  return (key, values = {}) => {
    const locale = LOCALES[lang()];
    return languages[lang()][key].replace(PLACEHOLDER, (whole, name: string, one?: string, several?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one !== undefined && several !== undefined) return value === 1 ? one : several;
      return typeof value === "number" ? count(locale, value) : value;
    });
  };
}
