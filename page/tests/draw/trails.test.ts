import { expect, test } from "vitest";
import { NO_FITTING } from "../../src/draw/fitting";
import { PointCloud } from "../../src/draw/point-cloud";
import { drawTrails, trailStops } from "../../src/draw/trails";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { identity, recorder, THEME } from "./helpers";

const view = createView(FRONT, 800, 600);

/** Two tokens at four moments; the second has no place at the second. */
function made(moment: number): PointCloud {
  const cloud = new PointCloud();
  cloud.resize(identity(2));
  const points = Float32Array.of(0, 0, 1, 0, 0.25, 0, NaN, NaN, 0.5, 0, 1, 0.5, 0.75, 0, 1, 1);
  cloud.moveTo(points, 2, NO_FITTING, 0);
  cloud.glide = 1;
  cloud.showMoment(moment);
  return cloud;
}

/** The lines of a trail, from where to where, with how strong they are. */
function lines(cloud: PointCloud, trails: readonly number[]) {
  const { context, calls } = recorder();
  drawTrails(context, view, THEME, cloud, trails, trails[0]);
  return calls
    .filter(({ name }) => name === "moveTo" || name === "lineTo" || name === "stroke")
    .map(({ name, args, state }) => ({ name, x: args[0] as number, alpha: state.globalAlpha as number, state }));
}

test("a trail has a stop at each moment where its token has a place", () => {
  const stops = trailStops(made(0), view, 1);
  expect(stops.map((stop) => stop !== null)).toEqual([true, false, true, true]);
  expect(stops[0]!.x).toBeCloseTo(stops[2]!.x, 3);
});

test("what is past is stronger than what is to come, and both meet where the point is", () => {
  const cloud = made(1.5);
  const stops = trailStops(cloud, view, 0).map((stop) => stop!.x);
  const now = (stops[1] + stops[2]) / 2;
  const strokes: number[][] = [[]];
  const alphas: number[] = [];
  for (const { name, x, alpha } of lines(cloud, [0])) {
    if (name !== "stroke") strokes.at(-1)!.push(Math.round(x));
    else {
      alphas.push(alpha);
      strokes.push([]);
    }
  }
  const [, future, past] = strokes;
  expect(past).toEqual([stops[0], stops[1], now].map(Math.round));
  expect(future).toEqual([now, stops[2], stops[3]].map(Math.round));
  expect(alphas[2]).toBeGreaterThan(2 * alphas[1]);
});

test("a trail is interrupted where its token has no place", () => {
  const names = lines(made(3), [1]).map(({ name }) => name);
  expect(names.slice(0, names.indexOf("stroke"))).toEqual(["moveTo", "moveTo", "lineTo", "lineTo", "lineTo"]);
});

test("a picture of one moment has no trails", () => {
  const cloud = new PointCloud();
  cloud.resize(identity(2));
  cloud.moveTo(new Float32Array(4), 2, NO_FITTING);
  expect(lines(cloud, [0])).toEqual([]);
});
