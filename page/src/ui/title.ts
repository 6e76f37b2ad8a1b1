/** The title of the table. */
import type { App } from "../app";
import { translator } from "./i18n";

const inEnglish = translator(() => "en");

/** As it was given; one that Python made, since none was given, in the language of the page. */
export function titleText({ source, store, t }: App): string {
  const { title, nTokens, dim } = source.manifest;
  const made = inEnglish("page.untitled", { n: nTokens, dim });
  const isMade = title === (nTokens === 1 ? made.replace("tokens", "token") : made);
  return isMade && store.get().lang !== "en" ? t("page.untitled", { n: nTokens, dim }) : title;
}
