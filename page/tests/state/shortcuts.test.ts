import { expect, test } from "vitest";
import { type Press, shortcut } from "../../src/state/shortcuts";

function press(key: string, change: Partial<Press> = {}): Press {
  const none = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false };
  return { key, code: "", ...none, ...change };
}

test("a letter means the same in both cases", () => {
  expect(shortcut(press("l"))).toBe("labels");
  expect(shortcut(press("L"))).toBe("labels");
});

test("with a Korean input method the place of the key counts, not its letter", () => {
  expect(shortcut(press("ㅣ", { code: "KeyL" }))).toBe("labels");
  expect(shortcut(press("Process", { code: "KeyR" }))).toBe("reset");
  expect(shortcut(press("Process", { code: "Slash", shiftKey: true }))).toBe("help");
});

test("on another keyboard layout the letter counts, not the place", () => {
  // Dvorak: the key at the place of P writes l.
  expect(shortcut(press("l", { code: "KeyP" }))).toBe("labels");
  // A German keyboard writes - at the place of the slash.
  expect(shortcut(press("-", { code: "Slash" }))).toBe("farther");
});

test("the browser keeps its own keys", () => {
  expect(shortcut(press("r", { ctrlKey: true }))).toBeNull();
  expect(shortcut(press("l", { metaKey: true }))).toBeNull();
  expect(shortcut(press("f", { altKey: true }))).toBeNull();
  expect(shortcut(press("Tab", { code: "Tab" }))).toBeNull();
  expect(shortcut(press("b", { isComposing: true }))).toBeNull();
});

test("arrows move, and with Shift they select; Enter chooses, and with Shift selects", () => {
  expect(shortcut(press("ArrowLeft"))).toBe("to-left");
  expect(shortcut(press("ArrowUp", { shiftKey: true }))).toBe("add-up");
  expect(shortcut(press("Enter"))).toBe("choose");
  expect(shortcut(press("Enter", { shiftKey: true }))).toBe("select");
});

test("W, A, S and D pan, by their place with a Korean input method", () => {
  expect(["w", "a", "s", "d"].map((key) => shortcut(press(key)))).toEqual([
    "pan-up",
    "pan-left",
    "pan-down",
    "pan-right",
  ]);
  expect(shortcut(press("ㅈ", { code: "KeyW" }))).toBe("pan-up");
});

test("property names that every object has are not shortcuts", () => {
  for (const key of ["constructor", "toString", "__proto__"]) expect(shortcut(press(key))).toBeNull();
});
