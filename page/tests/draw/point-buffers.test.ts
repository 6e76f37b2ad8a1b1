import type { BufferAttribute } from "three";
import { expect, test } from "vitest";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { NO_FITTING } from "../../src/draw/fitting";
import { PointBuffers } from "../../src/draw/point-buffers";
import { identity, randomCloud } from "./helpers";

function made(n: number) {
  const cloud = randomCloud(n, 3);
  const buffers = new PointBuffers();
  const update = () => buffers.update(cloud, cloud.takeChanges());
  update();
  const attribute = (name: string) => buffers.all.getAttribute(name) as BufferAttribute;
  return { cloud, buffers, update, attribute };
}

test("a point takes 28 bytes on the GPU, and both geometries share them", () => {
  const { buffers, attribute, cloud } = made(5000);
  expect(buffers.bytes).toBe(28 * 5000 + 4 * 4096);
  for (const name of ["from", "position", "style"]) expect(buffers.marked.getAttribute(name)).toBe(attribute(name));
  expect(attribute("from").array).toBe(cloud.from);
  expect(attribute("position").array).toBe(cloud.to);
});

test("after a rest the old goal is not sent again, only renamed", () => {
  const { cloud, update, attribute } = made(10);
  const [from, position] = [attribute("from"), attribute("position")];
  const versions = [from.version, position.version];
  cloud.moveTo(new Float32Array(30).fill(0.5), 3, NO_FITTING);
  update();
  expect(attribute("from")).toBe(position);
  expect(attribute("position")).toBe(from);
  expect([from.version, position.version]).toEqual([versions[0] + 1, versions[1]]);
});

test("of a few changed styles only their bytes are sent", () => {
  const { cloud, update, attribute } = made(1000);
  attribute("style").clearUpdateRanges();
  const marks = { ...NO_MARKS, neighbors: [7] };
  cloud.setMarks(marks, NO_MARKS);
  update();
  expect(attribute("style").updateRanges).toEqual([{ start: 4 * cloud.order.slotOf[7], count: 4 }]);
  cloud.setMarks({ ...NO_MARKS, selected: identity(900) }, marks);
  update();
  expect(attribute("style").updateRanges).toEqual([]); // all of them
});

test("the index names the marked points, and grows for many", () => {
  const { cloud, buffers, update } = made(9000);
  expect(buffers.marked.index!.count).toBe(4096);
  cloud.setMarks({ ...NO_MARKS, selected: identity(5000) }, NO_MARKS);
  update();
  expect(buffers.marked.index!.count).toBe(9000);
  expect(Array.from(buffers.marked.index!.array).slice(0, 5000)).toEqual(Array.from(cloud.marked));
  expect(buffers.all.index).toBeNull();
});

test("without changes nothing is sent", () => {
  const { update, attribute } = made(10);
  const versions = () => ["from", "position", "style"].map((name) => attribute(name).version);
  const before = versions();
  update();
  expect(versions()).toEqual(before);
});
