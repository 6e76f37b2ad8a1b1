import { expect, test } from "vitest";
import { FrameReader } from "../../src/data/frames";

function frameBytes(header: object, payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + head.length + payload.length);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  new DataView(bytes.buffer).setUint32(4, payload.length, true);
  bytes.set(head, 8);
  bytes.set(payload, 8 + head.length);
  return bytes;
}

const first = frameBytes({ stage: "거리", fraction: 0.5 }, Uint8Array.of(1, 2, 3));
const second = frameBytes({ stage: "done" }, new Uint8Array(0));
const stream = Uint8Array.of(...first, ...second);

test.each([1, 2, 7, 8, 9, 1000])("frames are complete when bytes arrive %i at a time", (step) => {
  const reader = new FrameReader();
  const frames = [];
  for (let at = 0; at < stream.length; at += step) frames.push(...reader.push(stream.slice(at, at + step)));
  reader.end();
  expect(frames.map((frame) => frame.header)).toEqual([{ stage: "거리", fraction: 0.5 }, { stage: "done" }]);
  expect([...frames[0].payload]).toEqual([1, 2, 3]);
  expect(frames[0].payload.byteOffset).toBe(0);
});

test("a stream that ends inside a frame is an error", () => {
  const reader = new FrameReader();
  reader.push(stream.slice(0, stream.length - 1));
  expect(() => reader.end()).toThrow(/ended \d+ bytes into a frame/);
});
