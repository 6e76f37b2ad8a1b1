/** The code points of a token. */
import { display } from "./display";

export interface CodePoint {
  /** "U+AC00". */
  readonly code: string;
  /** As shown to people. */
  readonly shown: string;
}

export function codePoints(token: string): CodePoint[] {
  return Array.from(token, (character) => ({ code: codeOf(character), shown: display(character) }));
}

/** In quotes, with invisible characters escaped as in JavaScript. */
export function quoted(token: string): string {
  const inside = JSON.stringify(token).slice(1, -1);
  const seen = inside.replace(/[^\P{Z} ]|[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16).padStart(4, "0");
    return code.length > 4 ? `\\u{${code}}` : `\\u${code}`;
  });
  return `"${seen}"`;
}

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
