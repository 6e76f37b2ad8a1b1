/** Reading a large vocabulary in slices, so that the page stays responsive between them. */

/** Milliseconds of work before the page gets its turn. */
const SLICE_MS = 12;
/** The clock is read once for so many items. */
const ITEMS = 1024;

/** Call `each` for all `items`, in their order. */
export async function inSlices<T>(items: readonly T[], each: (item: T, index: number) => void): Promise<void> {
  let start = performance.now();
  for (let from = 0; from < items.length; from += ITEMS) {
    if (performance.now() - start > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      start = performance.now();
    }
    const to = Math.min(from + ITEMS, items.length);
    for (let at = from; at < to; at++) each(items[at], at);
  }
}
