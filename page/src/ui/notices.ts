/** Lines that disappear by themselves, and texts for screen readers only. */
import { h } from "./dom";
import "./notices.css";

export interface Notices {
  readonly element: HTMLElement;
  readonly notify: (text: string) => void;
  readonly announce: (text: string) => void;
}

const SHOWN_MS = 7000;
const AT_MOST = 3;
/** Screen readers report changes only, so a repeated text needs an empty moment before it. */
const EMPTIED_MS = 50;

export function notices(): Notices {
  const spoken = h("div", { class: "visually-hidden", "aria-live": "polite", "aria-atomic": "true" });
  const lines = h("div", { class: "notice-lines", role: "status" });
  let pause: ReturnType<typeof setTimeout> | undefined;

  return {
    element: h("div", { class: "notices" }, lines, spoken),

    notify(text) {
      const line = h("div", { class: "notice" }, text);
      const removeLater = () => setTimeout(() => line.remove(), SHOWN_MS);
      let timer = removeLater();
      // Someone who points at it is still reading it.
      line.addEventListener("pointerenter", () => clearTimeout(timer));
      line.addEventListener("pointerleave", () => (timer = removeLater()));
      lines.append(line);
      while (lines.childElementCount > AT_MOST) lines.firstElementChild!.remove();
    },

    announce(text) {
      clearTimeout(pause);
      spoken.textContent = "";
      pause = setTimeout(() => (spoken.textContent = text), EMPTIED_MS);
    },
  };
}
