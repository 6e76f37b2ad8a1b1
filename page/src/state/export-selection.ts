/**
 * The selected tokens as text to export.
 *
 * TSV: a header, then one line a token. A cell that begins with a quotation mark, or holds a tab, a line break or
 * another control character, is written as a JSON string; every other cell is the text as it is. To read
 * a cell: JSON.parse when it begins with ", else as it is. Line ends are \n.
 */

export interface ExportedSelection {
  readonly tokens: readonly string[];
  readonly ids: ArrayLike<number>;
  /** null: unknown; the column is left out. */
  readonly counts: ArrayLike<number> | null;
  /** `dims` numbers a token, those of the projection. */
  readonly coordinates: ArrayLike<number>;
  readonly dims: 2 | 3;
  /** null: not wanted. */
  readonly vectors: readonly ArrayLike<number>[] | null;
}

const AXES = ["x", "y", "z"];
// Some readers break lines at each of these; half of a surrogate pair would be lost in UTF-8.
const UNSAFE = /^"|[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const ESCAPED = /[\u007f-\u009f\u2028\u2029]/g;

export function selectionAsTsv(exported: ExportedSelection): string {
  const { counts, dims, vectors } = exported;
  const dim = vectors?.[0]?.length ?? 0;
  const numbered = Array.from({ length: dim }, (_, i) => `v${i}`);
  const lines = [["token", "id", ...(counts ? ["count"] : []), ...AXES.slice(0, dims), ...numbered]];
  exported.tokens.forEach((token, at) => {
    const line = [cell(token), String(exported.ids[at])];
    if (counts) line.push(String(counts[at]));
    for (let axis = 0; axis < dims; axis++) line.push(float32Text(exported.coordinates[at * dims + axis]));
    if (vectors) line.push(...Array.from(vectors[at], float32Text));
    lines.push(line);
  });
  return lines.map((line) => line.join("\t") + "\n").join("");
}

/** {"results": [{"token", "id", "count", "x", "y", "z", "vector"}, …]}, without what is unknown or not wanted. */
export function selectionAsJson(exported: ExportedSelection): string {
  const { counts, dims, vectors } = exported;
  const results = exported.tokens.map((token, at) => {
    const one: Record<string, unknown> = { token, id: exported.ids[at] };
    if (counts) one.count = counts[at];
    for (let axis = 0; axis < dims; axis++)
      one[AXES[axis]] = Number(float32Text(exported.coordinates[at * dims + axis]));
    if (vectors) one.vector = Array.from(vectors[at], (value) => Number(float32Text(value)));
    return JSON.stringify(one);
  });
  return `{"results": [\n${results.join(",\n")}\n]}\n`;
}

/** A token as a cell of a TSV file, by the rule at the top. */
export function cell(token: string): string {
  if (!UNSAFE.test(token)) return token;
  return JSON.stringify(token).replace(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The fewest digits that give the same float32 again: 0.1, and not 0.10000000149011612. */
export function float32Text(value: number): string {
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return String(short);
  }
  return String(Number(single.toPrecision(9)));
}
