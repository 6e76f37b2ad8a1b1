import { expect, test } from "vitest";
import { drawArrows } from "../../src/draw/arrows";
import { recorder, THEME } from "./helpers";

const stop = (x: number, y: number) => ({ x, y, radius: 5 });

test("an arrow goes from rim to rim, its head at its end", () => {
  const { context, calls } = recorder();
  drawArrows(context, THEME, [stop(0, 0), stop(200, 0)]);
  const places = calls.filter(({ name }) => name.endsWith("To")).map(({ args }) => args as number[]);
  for (const [x] of places) expect(x).toBeGreaterThan(5);
  for (const [x] of places) expect(x).toBeLessThan(195);
  const head = calls.filter(({ name }) => name === "fill").at(-1)!;
  expect(head.state.fillStyle).toBe("accent");
  const tip = Math.max(...places.map(([x]) => x));
  expect(tip).toBeGreaterThan(188);
});

test("an arrow to or from a token that is not drawn, or with no room, is left out", () => {
  const { context, calls } = recorder();
  drawArrows(context, THEME, [stop(0, 0), null, null, stop(9, 9), stop(50, 50), stop(54, 54)]);
  expect(calls.filter(({ name }) => name === "stroke")).toEqual([]);
});

test("no arrow covers another with the halo that keeps it readable", () => {
  const { context, calls } = recorder();
  drawArrows(context, THEME, [stop(0, 0), stop(200, 0), stop(0, 4), stop(200, 4)]);
  const colors = calls.filter(({ name }) => name === "stroke").map(({ state }) => state.strokeStyle);
  expect(colors.lastIndexOf("background")).toBeLessThan(colors.indexOf("accent"));
});
