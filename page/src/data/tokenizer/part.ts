/** A part of tokenizer.json: {"type": …, …}. */
export type Part = Readonly<Record<string, unknown>>;

export function typeOf(part: Part | null): string {
  return String(part?.type);
}

/** The page does not know this part to give the ids that Python gives. */
export function refuse(what: string): never {
  throw new Error(`this file's tokenizer works in \`tovec view\` only: the page cannot read its ${what}`);
}
