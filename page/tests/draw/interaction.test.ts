import { describe, expect, test } from "vitest";
import { Interaction, type Surface } from "../../src/draw/interaction";
import { CameraMotion } from "../../src/draw/motion";
import { type Area, box } from "../../src/state/area";
import { OBLIQUE, pan, zoom } from "../../src/state/camera";

/** A map whose token 7 is left of x = 100. */
function made({ dims = 3, isIndexed = true }: { dims?: 2 | 3; isIndexed?: boolean } = {}) {
  const log: unknown[][] = [];
  const state = { isIndexed, cursor: "" };
  const camera = new CameraMotion();
  camera.setDims(dims, null);
  const surface: Surface = {
    camera,
    size: () => ({ width: 800, height: 600 }),
    turns: () => dims === 3,
    isIndexed: () => state.isIndexed,
    pick: (x) => (x < 100 ? 7 : null),
    tokensInside: (area: Area) => Uint32Array.of(area.left, area.right),
    goHome: () => log.push(["home"]),
    onCameraMoved: () => log.push(["moved"]),
    onOutline: (outline) => log.push(["outline", outline]),
    setCursor: (cursor) => (state.cursor = cursor),
  };
  const interaction = new Interaction(surface, {
    onHover: (id) => log.push(["hover", id]),
    onClick: (id, add) => log.push(["click", id, add]),
    onArea: (ids, add) => log.push(["area", [...ids], add]),
  });
  return { interaction, log, camera, state };
}

describe("dragging", () => {
  test("turns, pans and zooms the camera at once, for the user", () => {
    const { interaction, camera, log } = made();
    interaction.turn(-10, 5);
    expect(camera.current.azimuth).toBeCloseTo(OBLIQUE.azimuth + 0.06);
    expect(camera.current.elevation).toBeCloseTo(OBLIQUE.elevation + 0.03);
    const turned = camera.current;
    interaction.pan(30, 40);
    const panned = pan(turned, 30, 40, 800, 600);
    expect(camera.current).toEqual(panned);
    interaction.zoom(0.5, 100, 200);
    expect(camera.current).toEqual(zoom(panned, 0.5, 100, 200, 800, 600));
    expect(log).toEqual([["moved"], ["moved"], ["moved"]]);
    expect(camera.takeReport()).toBe(true);
  });

  test("turns in 3-D alone", () => {
    expect([made({ dims: 3 }), made({ dims: 2 })].map(({ interaction }) => interaction.turns())).toEqual([true, false]);
  });
});

test("a click reports the token, or that there is none; a double click on none moves the camera home", () => {
  const { interaction, log } = made();
  interaction.click(50, 0, true);
  interaction.click(200, 0, false);
  interaction.doubleClick(50, 0);
  interaction.doubleClick(200, 0);
  expect(log).toEqual([["click", 7, true], ["click", null, false], ["home"]]);
});

test("an area is shown while it is drawn, and its tokens are reported at its end", () => {
  const { interaction, log } = made();
  const outline = box(10, 20, 110, 90);
  interaction.area(outline);
  interaction.areaDone(outline, true);
  interaction.area(null);
  expect(log).toEqual([
    ["outline", outline],
    ["area", [10, 110], true],
    ["outline", null],
  ]);
});

describe("hovering", () => {
  test("is reported when the token changes", () => {
    const { interaction, log } = made();
    for (const x of [50, 60, 200, 300]) interaction.hover({ x, y: 0 });
    interaction.hover({ x: 50, y: 0 });
    interaction.hover(null);
    expect(log).toEqual([
      ["hover", 7],
      ["hover", null],
      ["hover", 7],
      ["hover", null],
    ]);
  });

  test("is reported when the index is ready, if the pointer is over a token", () => {
    const { interaction, log, state } = made({ isIndexed: false });
    interaction.hover({ x: 50, y: 0 });
    expect(log).toEqual([]);
    state.isIndexed = true;
    interaction.updateHovered();
    expect(log).toEqual([["hover", 7]]);
  });

  test("is not reported while a button is down", () => {
    const { interaction, log } = made();
    interaction.held(true);
    interaction.hover({ x: 50, y: 0 });
    expect(log).toEqual([]);
  });
});

test("the cursor shows what a press would do", () => {
  const { interaction, state } = made();
  interaction.setTool("move");
  expect(state.cursor).toBe("grab");
  interaction.held(true);
  expect(state.cursor).toBe("grabbing");
  interaction.held(false);
  interaction.hover({ x: 50, y: 0 });
  expect(state.cursor).toBe("pointer");
  interaction.hover({ x: 200, y: 0 });
  interaction.setTool("lasso");
  expect(state.cursor).toBe("crosshair");
  expect(interaction.tool()).toBe("lasso");
});
