/**
 * Tokens that are found in a text by their names before the model cuts it: `added_tokens` of a tokenizer.json.
 *
 * Source: added_vocabulary.rs of Hugging Face `tokenizers`.
 */
import { type Aligned, align, type Normalizer, slice } from "../aligned";

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Only where no letter or digit touches it. */
  readonly single_word: boolean;
  /** White space before it belongs to it; after it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Found in the normalized text, by its normalized name; else in the text as it is. */
  readonly normalized: boolean;
}

/** A piece of text, with the token that it is; null: the model cuts it. */
export interface Section {
  readonly aligned: Aligned;
  readonly token: AddedToken | null;
}

/** Cut a text into sections; what is no added token is normalized. */
export function addedTokens(added: readonly AddedToken[], normalize: Normalizer): (text: Aligned) => Section[] {
  const plain = finder(added.filter((token) => !token.normalized).map((token) => [token.content, token]));
  const changed = finder(
    added.filter((token) => token.normalized).map((token) => [normalize(align(token.content)).text, token]),
  );
  return (text) =>
    plain(text).flatMap((section) => (section.token === null ? changed(normalize(section.aligned)) : [section]));
}

type Finder = (aligned: Aligned) => Section[];

/** The leftmost names, of several that begin there the longest. */
function finder(names: readonly (readonly [string, AddedToken])[]): Finder {
  const tokens = new Map(names.filter(([name]) => name !== "").reverse()); // of equal names the first counts
  const byFirst = new Map<string, string[]>();
  for (const name of [...tokens.keys()].sort((a, b) => b.length - a.length)) {
    const others = byFirst.get(name[0]);
    if (others) others.push(name);
    else byFirst.set(name[0], [name]);
  }
  const nameAt = (text: string, at: number) => byFirst.get(text[at])?.find((name) => text.startsWith(name, at));

  return (aligned) => {
    const { text } = aligned;
    const sections: Section[] = [];
    let done = 0;
    const upTo = (end: number, token: AddedToken | null) => {
      if (end > done) sections.push({ aligned: slice(aligned, done, end), token });
      done = Math.max(done, end);
    };
    for (let at = 0; at < text.length;) {
      const name = nameAt(text, at);
      if (name === undefined) {
        at++;
        continue;
      }
      const token = tokens.get(name)!;
      const place = placeOf(token, text, at, at + name.length);
      at += name.length;
      if (place === null) continue;
      upTo(place.start, null);
      upTo(place.end, token);
    }
    upTo(text.length, null);
    return sections;
  };
}

const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_AFTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE_BEFORE = /\p{White_Space}*$/u;
const SPACE_AFTER = /^\p{White_Space}*/u;

/** What the token covers where its name was found; null where it is not alone though it has to be. */
function placeOf(token: AddedToken, text: string, start: number, end: number): { start: number; end: number } | null {
  const [before, after] = [text.slice(0, start), text.slice(end)];
  if (token.single_word && (WORD_BEFORE.test(before) || WORD_AFTER.test(after))) return null;
  return {
    start: token.lstrip ? start - SPACE_BEFORE.exec(before)![0].length : start,
    end: token.rstrip ? end + SPACE_AFTER.exec(after)![0].length : end,
  };
}
