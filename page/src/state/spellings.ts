/** A text as typed, composed (NFC) and decomposed (NFD), each once: tables hold one or the other. */
export function spellings(text: string): string[] {
  return [...new Set([text, text.normalize("NFC"), text.normalize("NFD")])];
}
