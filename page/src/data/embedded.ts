/** The data inside an exported file, as tovec/server/export.py writes it. No network request is made. */
import { openParts } from "./parts";
import type { DataSource } from "./source";

/** The parts of `document` by name; null if it is not an exported file. */
export function embeddedParts(document: Document): ReadonlyMap<string, string> | null {
  const parts = new Map<string, string>();
  for (const element of document.querySelectorAll("script[data-name]"))
    parts.set(element.getAttribute("data-name")!, element.textContent);
  return parts.size ? parts : null;
}

/** `parts`: base64 of gzip of the bytes, by name. */
export function openEmbedded(parts: ReadonlyMap<string, string>): Promise<DataSource> {
  return openParts({
    has: (name) => parts.has(name),
    async read(name) {
      const text = parts.get(name);
      if (text === undefined) throw new Error(`this file was exported without ${name}`);
      return unzip(text);
    },
  });
}

async function unzip(base64: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
