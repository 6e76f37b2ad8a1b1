/** Frames and vectors as tovec/server writes them; tests/page/test_units.py says where (TOVEC_WRITTEN_FRAMES). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeClusters, decodeUpdate, decodeVector, decodeVectors } from "../../src/data/decode";
import { FrameReader } from "../../src/data/frames";
import { fromFloat16 } from "../../src/data/vectors";

const folder = process.env.TOVEC_WRITTEN_FRAMES;

function read(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder!, name)));
}

function frames(name: string) {
  const reader = new FrameReader();
  const bytes = read(name);
  // In pieces, as a network brings them.
  const found = [];
  for (let at = 0; at < bytes.length; at += 100) found.push(...reader.push(bytes.slice(at, at + 100)));
  reader.end();
  return found;
}

test.skipIf(!folder)("projections, clusters and vectors that Python wrote are read as they were meant", () => {
  const expected = JSON.parse(readFileSync(join(folder!, "expected.json"), "utf8"));
  const { n, dim } = expected;
  const updates = frames("projections.frames").map((frame) => decodeUpdate(frame, n));
  const { codes, typical } = decodeClusters(frames("clusters.frame")[0], n);
  expect({
    n,
    dim,
    projections: updates.map(({ stage, dims, points, axisNames }) => ({
      stage,
      dims,
      points: points && [...points],
      axisNames,
    })),
    clusters: { codes: [...codes], typical },
    float32: [...decodeVectors(read("vectors.f32").buffer, "vectors.f32", n, dim)],
    float16: [...fromFloat16(decodeVectors(read("vectors.f16").buffer, "vectors.f16", n, dim) as Uint16Array)],
    vector: [...decodeVector(read("vector").buffer, dim)],
  }).toEqual(expected);
});
