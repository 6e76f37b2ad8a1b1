/** What tovec/server/page_data.py writes; tests/page/test_units.py says where (TOVEC_WRITTEN). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  columnName,
  decodeColumn,
  decodeCounts,
  decodeManifest,
  decodeNorms,
  decodeOrder,
  decodeTokens,
  decodeUndirected,
  orderName,
} from "../../src/data/decode";

const folder = process.env.TOVEC_WRITTEN;

function part(name: string): ArrayBuffer {
  const bytes = readFileSync(join(folder!, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

test.skipIf(!folder)("all that Python wrote is read as it was meant", () => {
  const manifest = decodeManifest(part("manifest.json"));
  const { title, nTokens, dim, columns } = manifest;
  const tokens = decodeTokens(part("tokens.txt"), part("offsets.u32"), nTokens);
  const read = {
    title,
    nTokens,
    dim,
    tokens: Array.from({ length: tokens.n }, (_, id) => tokens.token(id)),
    counts: [...decodeCounts(part("counts.f64"), nTokens)],
    norms: [...decodeNorms(part("norms.f32"), nTokens)],
    importance: [...decodeOrder(part(orderName(manifest, "en")), nTokens)],
    undirected: decodeUndirected(part("undirected.json")),
    columns: columns.map((info, index) => {
      const { values } = decodeColumn(part(columnName(index, info)), index, info, nTokens);
      const label = (value: number) =>
        info.kind === "category" ? (value === 0 ? null : info.labels[value - 1]) : Number.isNaN(value) ? null : value;
      return { name: info.name, values: Array.from(values, label) };
    }),
  };
  expect(read).toEqual(JSON.parse(readFileSync(join(folder!, "expected.json"), "utf8")));
});
