/** What a token that a language model expects is called. */
import type { App } from "../app";
import { display } from "../state/display";

export function isEndOfText({ source }: App, id: number): boolean {
  return id === source.manifest.languageModel?.endOfText;
}

/** As everywhere; the token that ends a text in words. */
export function modelTokenName(app: App, id: number): string {
  return isEndOfText(app, id) ? app.t("next.end") : display(app.tokens.token(id));
}
