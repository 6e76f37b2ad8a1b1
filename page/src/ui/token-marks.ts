/** A token in which the signs that stand for a space are pale, so that its letters are read first. */
import { SPACE_SIGN } from "../state/display";
import { type Child, h } from "./dom";

/** `shown`: as display() returns it. */
export function withMarks(shown: string): Child[] {
  return shown
    .split(SPACE_SIGN)
    .filter((part) => part !== "")
    .map((part) => (part.search(SPACE_SIGN) === 0 ? h("span", { class: "space-sign" }, part) : part));
}
