import { expect, test } from "vitest";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { drawArea, drawFocus } from "../../src/draw/overlay";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { cloudOf, recorder, THEME } from "./helpers";

const VIEW = createView(FRONT, 800, 800);

function focus(marks: typeof NO_MARKS) {
  const cloud = cloudOf([0, 0, 0.5, 0]);
  const palette = new Uint8Array(768);
  palette.set([1, 2, 3], 3);
  cloud.setColors({ codes: Uint8Array.of(1, 1), palette });
  cloud.setMarks(marks, NO_MARKS);
  const { context, calls } = recorder();
  drawFocus(context, VIEW, THEME, marks, cloud, cloud.sizing(VIEW));
  const radii = calls.filter(({ name }) => name === "arc").map(({ args }) => Number(args[2]));
  const colors = calls.filter(({ name }) => name === "fill").map(({ state }) => state.fillStyle);
  return { radii, colors };
}

test("the chosen and the hovered token are discs of their color in a ring, the chosen one in the accent's", () => {
  const { radii, colors } = focus({ ...NO_MARKS, chosen: 0, hovered: 1 });
  expect(colors).toEqual(["ink", "background", "rgb(1,2,3)", "accent", "background", "rgb(1,2,3)"]);
  for (const [outer, gap, disc] of [radii.slice(0, 3), radii.slice(3)])
    expect(outer > gap && gap > disc && disc >= 4).toBe(true);
});

test("tokens that are not drawn have no ring", () => {
  expect(focus({ ...NO_MARKS, chosen: 0, selected: Uint32Array.of(1), isolated: true }).radii).toEqual([]);
  expect(focus(NO_MARKS).radii).toEqual([]);
});

test("the outline of an area is closed and filled lightly", () => {
  const { context, calls } = recorder();
  drawArea(context, THEME, [0, 0, 10, 0, 10, 10]);
  expect(calls.filter(({ name }) => name === "lineTo").map(({ args }) => args)).toEqual([
    [0, 0],
    [10, 0],
    [10, 10],
  ]);
  const names = calls.map(({ name }) => name);
  expect(names).toContain("closePath");
  expect(names.indexOf("closePath")).toBeLessThan(names.indexOf("fill"));
  expect(calls.find(({ name }) => name === "fill")!.state.globalAlpha).toBeLessThan(0.3);
  expect(calls.find(({ name }) => name === "stroke")!.state.strokeStyle).toBe("accent");
});
