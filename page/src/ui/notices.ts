/** Lines that go away by themselves, and what is said to screen readers alone. */
import { h } from "./dom";
import "./notices.css";

export interface Notices {
  readonly element: HTMLElement;
  notify(text: string): void;
  announce(text: string): void;
}

const SHOWN_MS = 7000;
const AT_MOST = 3;
/** Screen readers hear a change, and not the same words put in the place of themselves. */
const EMPTIED_MS = 50;

export function notices(): Notices {
  const spoken = h("div", { class: "visually-hidden", "aria-live": "polite", "aria-atomic": "true" });
  const lines = h("div", { class: "notice-lines", role: "status" });
  let saying: ReturnType<typeof setTimeout> | undefined;

  return {
    element: h("div", { class: "notices" }, lines, spoken),

    notify(text) {
      const line = h("div", { class: "notice" }, text);
      const leave = () => setTimeout(() => line.remove(), SHOWN_MS);
      let timer = leave();
      // Who points at it still reads it.
      line.addEventListener("pointerenter", () => clearTimeout(timer));
      line.addEventListener("pointerleave", () => (timer = leave()));
      lines.append(line);
      while (lines.childElementCount > AT_MOST) lines.firstElementChild!.remove();
    },

    announce(text) {
      clearTimeout(saying);
      spoken.textContent = "";
      saying = setTimeout(() => (spoken.textContent = text), EMPTIED_MS);
    },
  };
}
