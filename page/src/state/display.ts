/** A token as shown to people: symbols for white space and control characters, ∅ for the empty token. */
const SYMBOLS: Readonly<Record<string, string>> = {
  " ": "␣",
  "\n": "⏎",
  "\t": "⇥",
  "\r": "␍",
  "\u00a0": "⍽",
  "\u3000": "□",
  "\u007f": "␡",
  "\u200b": "[ZWSP]",
  "\u200d": "[ZWJ]",
  "\u00ad": "[SHY]",
  "\ufeff": "[BOM]",
};
// A joiner between two emoji makes one emoji of them, so it is not a hidden character.
const HIDDEN = /[\u0000-\u001f\u007f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[^\S ]|^ +| +$| {2,}/gu;

export function display(token: string): string {
  if (token === "") return "∅";
  if (token === "\u200d") return SYMBOLS[token];
  return token.replace(HIDDEN, (found) => Array.from(found, symbol).join(""));
}

function symbol(character: string): string {
  const code = character.codePointAt(0)!;
  return (
    SYMBOLS[character] ??
    (code < 0x20 ? String.fromCodePoint(0x2400 + code) : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`)
  );
}
