/**
 * Text to ids in the browser, from the tokenizer.json of an exported page.
 *
 * It gives the tokens, ids and offsets that tovec/text/spans.py gives. Regular expressions are those of @huggingface/tokenizers; what that library lacks or does differently is in tokenizer/: offsets,
 * the steps before the model, the models, bytes, and how unknown characters are joined. A part of a file
 * that is not known to give the same ids is refused, in one line.
 */
import { align, joinMarks } from "./aligned";
import type { Piece } from "./source";
import { type AddedToken, addedTokens } from "./tokenizer/added-tokens";
import { model } from "./tokenizer/models";
import { normalizer } from "./tokenizer/normalizers";
import type { Part } from "./tokenizer/part";
import { trimmer } from "./tokenizer/post-processor";
import { preTokenizer } from "./tokenizer/pretokenizers";

export type BrowserTokenizer = (text: string) => Piece[];

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * `nTokens`: the rows of the table; `unknown`: the id of unknown text, null if it has none. A large vocabulary is read
 * in slices. Rejects with an Error of one line.
 */
export async function browserTokenizer(
  json: string,
  nTokens: number,
  unknown: number | null,
): Promise<BrowserTokenizer> {
  const file = JSON.parse(json) as Readonly<Record<string, Part | null>>;
  const added = (file.added_tokens ?? []) as unknown as readonly AddedToken[];
  const cutAdded = addedTokens(added, normalizer(file.normalizer));
  const preTokenize = preTokenizer(file.pre_tokenizer);
  const { cut, id: idOf, unknown: unknownToken } = await model(file.model!);
  const trim = trimmer(file.post_processor);
  const addedIds = new Map(added.map(({ content, id }) => [content, id]));
  const rowOf = (token: string) => idOf(token) ?? addedIds.get(token);

  return (text) => {
    if (LONE_SURROGATE.test(text)) throw new Error("the text holds a lone surrogate, which is not text");
    const found: { start: number; end: number; token: string }[] = [];
    for (const { aligned, token: whole } of cutAdded(align(text))) {
      if (whole !== null) found.push({ start: aligned.starts[0], end: aligned.ends.at(-1)!, token: whole.content });
      else
        for (const piece of preTokenize(aligned))
          for (const [token, from, to] of cut(piece.text))
            found.push({ start: piece.starts[from], end: piece.ends[to - 1], token });
    }
    trim(found, text);
    joinMarks(found, text);
    return found.map(({ start, end, token }): Piece => {
      // Unknown text keeps its own name, which is found in other forms too, as in tovec/text/vocabulary.py.
      const row = rowOf(token) ?? rowOf(token.normalize("NFC")) ?? rowOf(token.normalize("NFD"));
      // The file may have an entry for unknown text after the rows of the table.
      const id = row !== undefined && row < nTokens ? row : null;
      const known = id !== null && id !== unknown && token !== unknownToken;
      return { start, end, token, id: id ?? unknown, known };
    });
  };
}
