/** Controls that several panels use. */
import type { Child } from "./dom";
import { fill, h } from "./dom";

export interface Choice<V extends string> {
  readonly value: V;
  /** The accessible name, also shown where there is no `face`. */
  readonly label: string;
  /** Shown instead of the label: an icon or a shorter text. */
  readonly face?: Child;
  readonly disabled?: boolean;
}

export interface Segmented<V extends string> {
  readonly element: HTMLElement;
  /** Show these choices, with `value` chosen. Call it again when the language or the value changes. */
  show(name: string, choices: readonly Choice<V>[], value: V): void;
}

/** A choice of one of a few, side by side: a radio group. One stop for Tab; arrow keys change the choice. */
export function segmented<V extends string>(choose: (value: V) => void): Segmented<V> {
  const element = h("div", { class: "segmented", role: "radiogroup" });

  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const open = [...element.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
    const now = open.findIndex((button) => button === element.ownerDocument.activeElement);
    open[(now + step + open.length) % open.length]?.click();
  });

  return {
    element,
    show(name, choices, value) {
      const focused = element.contains(element.ownerDocument.activeElement);
      element.setAttribute("aria-label", name);
      const chosen = choices.some((choice) => choice.value === value && !choice.disabled);
      fill(
        element,
        ...choices.map((choice, index) =>
          h(
            "button",
            {
              type: "button",
              role: "radio",
              "aria-checked": String(choice.value === value),
              "aria-label": choice.face === undefined ? null : choice.label,
              title: choice.face === undefined ? null : choice.label,
              tabindex: choice.value === value || (!chosen && index === 0) ? "0" : "-1",
              disabled: choice.disabled,
              onclick: () => choose(choice.value),
            },
            choice.face ?? choice.label,
          ),
        ),
      );
      if (focused) element.querySelector<HTMLButtonElement>("[aria-checked=true]")?.focus();
    },
  };
}
