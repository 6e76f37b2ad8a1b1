/** Keyboard shortcuts. Whether the reader is typing in a field is checked elsewhere. */

export type Direction = "left" | "right" | "up" | "down";

// prettier-ignore
export type Shortcut =
  | "search" | "dims2" | "dims3" | "reset" | "fit" | "labels" | "move" | "box" | "lasso" | "help" | "escape"
  | "choose" | "select" | "closer" | "farther" | "play" | "play-on-map" | "previous" | "next"
  | "map-layout" | "other-map"
  | `to-${Direction}` | `add-${Direction}` | `pan-${Direction}`;

/** The part of a KeyboardEvent that matters. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
}

// prettier-ignore
const NAMED: Readonly<Record<string, Shortcut>> = {
  "/": "search", "2": "dims2", "3": "dims3", r: "reset", f: "fit", l: "labels", m: "move", b: "box", o: "lasso",
  "?": "help", "+": "closer", "=": "closer", "-": "farther", "_": "farther", Escape: "escape",
  p: "play", " ": "play-on-map", ",": "previous", ".": "next",
  c: "map-layout", x: "other-map", w: "pan-up", a: "pan-left", s: "pan-down", d: "pan-right",
};

/** Keys by their place on an American keyboard: a Korean input method hides the letter, not the place. */
// prettier-ignore
const PLACES: Readonly<Record<string, string>> = {
  Slash: "/", Digit2: "2", Digit3: "3", Numpad2: "2", Numpad3: "3", Equal: "=", Minus: "-", Comma: ",", Period: ".",
};

const ARROW = /^Arrow(Left|Right|Up|Down)$/;
const TYPED = /^[\x20-\x7e]$/;

/** The shortcut of this key press; null if there is none. */
export function shortcut(press: Press): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing) return null;
  const arrow = ARROW.exec(press.key);
  if (arrow) return `${press.shiftKey ? "add" : "to"}-${arrow[1].toLowerCase() as Direction}`;
  if (press.key === "Enter") return press.shiftKey ? "select" : "choose";
  if (press.key.length > 1 && Object.hasOwn(NAMED, press.key)) return NAMED[press.key];
  const letter = TYPED.test(press.key) ? press.key.toLowerCase() : atPlace(press);
  return Object.hasOwn(NAMED, letter) ? NAMED[letter] : null;
}

function atPlace({ code, shiftKey }: Press): string {
  if (code === "Slash" && shiftKey) return "?";
  return PLACES[code] ?? /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? "";
}
