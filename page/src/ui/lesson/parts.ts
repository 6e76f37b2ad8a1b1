/** What steps of several lessons are made of. */
import { h } from "../dom";

export function paragraph(text: string): HTMLElement {
  return h("p", {}, text);
}

/** Lines for the command line. */
export function code(lines: string): HTMLElement {
  return h("pre", { class: "lesson-code" }, h("code", {}, lines));
}
