import { expect, test } from "vitest";
import { labelText, MAX_LABEL_LENGTH, Pen, TextMeasure } from "../../src/draw/text";
import { recorder } from "./helpers";

test("labels are cut at 32 characters, and show invisible characters as symbols", () => {
  expect(labelText("고양이")).toBe("고양이");
  expect(labelText(" ")).toBe("␣");
  expect(labelText("")).toBe("∅");
  expect(labelText("x".repeat(MAX_LABEL_LENGTH))).toBe("x".repeat(MAX_LABEL_LENGTH));
  const long = labelText("🙂".repeat(1000));
  expect(Array.from(long)).toHaveLength(MAX_LABEL_LENGTH);
  expect(long.endsWith("🙂…")).toBe(true);
});

test("each text is measured once in each font, and again after the fonts changed", () => {
  const measured: string[] = [];
  const context = { font: "", measureText: (text: string) => (measured.push(text), { width: 10.2 }) };
  const measure = new TextMeasure(context as unknown as CanvasRenderingContext2D);
  expect([measure.width("cat", "12px a"), measure.width("cat", "12px a")]).toEqual([11, 11]);
  measure.width("cat", "15px a");
  expect(measured).toEqual(["cat", "cat"]);
  measure.clear();
  measure.width("cat", "12px a");
  expect(measured).toHaveLength(3);
  expect(context.font).toBe("12px a");
});

test("a text is written over its halo, in the vertical middle of its box", () => {
  const { context, calls } = recorder();
  new Pen(context, "white").write("cat", "12px a", "black", { x: 10, y: 20, width: 30, height: 15 }, 3);
  expect(calls.map(({ name, args }) => [name, ...args])).toEqual([
    ["strokeText", "cat", 10, 28],
    ["fillText", "cat", 10, 28],
  ]);
  expect(calls[0].state).toMatchObject({ strokeStyle: "white", lineWidth: 3, font: "12px a" });
  expect(calls[1].state).toMatchObject({ fillStyle: "black" });
});

test("signs that stand for a space are paler than the letters, and nothing after them is", () => {
  const { context, calls } = recorder();
  Object.assign(context, { globalAlpha: 0.8, measureText: (text: string) => ({ width: 7 * text.length }) });
  new Pen(context, "white").write("▁cat", "12px a", "black", { x: 10, y: 20, width: 30, height: 15 }, 3);
  const filled = calls.filter(({ name, args }) => name === "fillText" && args[0] !== "");
  expect(filled.map(({ args }) => args)).toEqual([
    ["▁", 10, 28],
    ["cat", 17, 28],
  ]);
  expect(filled[0].state.globalAlpha).toBeLessThan(0.5);
  expect(filled[1].state.globalAlpha).toBe(0.8);
  expect(context.globalAlpha).toBe(0.8);
});
