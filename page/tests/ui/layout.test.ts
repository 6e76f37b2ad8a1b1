import { expect, test } from "vitest";
import { createLayout, open, resized } from "../../src/ui/layout";

test("columns stand beside the map and open and close on their own", () => {
  const layout = createLayout();
  open(layout, "left");
  expect(layout.get()).toMatchObject({ left: false, right: true, text: true });
  open(layout, "left");
  expect(layout.get()).toMatchObject({ left: true, right: true, text: true });
});

test("sheets cover the map, so they begin closed and only one is open at a time", () => {
  const layout = createLayout();
  resized(layout, 390);
  expect(layout.get()).toEqual({ width: "phone", left: false, right: false, text: false });
  open(layout, "left");
  open(layout, "right");
  expect(layout.get()).toMatchObject({ left: false, right: true, text: false });
  open(layout, "right");
  expect(layout.get()).toMatchObject({ left: false, right: false, text: false });
});

test("a change of size within one kind of screen leaves open what is open", () => {
  const layout = createLayout();
  open(layout, "right", false);
  resized(layout, 1400);
  resized(layout, 900);
  expect(layout.get()).toMatchObject({ width: "wide", right: false });
  resized(layout, 899);
  expect(layout.get().width).toBe("tablet");
  open(layout, "text");
  resized(layout, 700);
  expect(layout.get().text).toBe(true);
  resized(layout, 599);
  expect(layout.get().text).toBe(false);
});
