/**
 * A field for a token, or for several separated by spaces, with completions: a combobox with a list, as in
 * https://www.w3.org/WAI/ARIA/apg/patterns/combobox/.
 */
import type { App } from "../app";
import { findToken } from "../state/autocomplete";
import { completions } from "../state/completions";
import { display } from "../state/display";
import { fill, h } from "./dom";
import { subscribe, freshId } from "./subscribe";
import "./token-field.css";

export interface TokenFieldOptions {
  /** The accessible name, in the current language. */
  readonly label: () => string;
  readonly placeholder?: string;
  /** Several tokens separated by spaces: the last one is completed. */
  readonly many: boolean;
  /** The text is final: a token was picked, Enter was pressed, or the field lost the focus. Called once for a text. */
  readonly onCommit: () => void;
}

export interface TokenField {
  readonly element: HTMLElement;
  text(): string;
  /** The one token it holds, null when it holds none. */
  id(): number | null;
  setText(text: string): void;
  /** null: empty it. */
  setToken(id: number | null): void;
  /** Mark it as invalid; `messageId` is the element with the reason. */
  mark(isInvalid: boolean, messageId: string): void;
}

const OFFERED = 8;

export function tokenField(app: App, { label, placeholder, many, onCommit }: TokenFieldOptions): TokenField {
  const listId = freshId("tokens");
  const input = h("input", {
    class: "field",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    placeholder,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
  });
  // In the top layer, so that no scrolling panel cuts it off.
  const list = h("ul", { class: "token-options scroll", role: "listbox", id: listId, popover: "manual" });
  const element = h("div", { class: "token-field" }, input, list);

  let offered: readonly number[] = [];
  let active = 0;
  let committed = "";
  // Some tokens cannot be typed into a field: then the text only stands for the token that was picked.
  let picked: { readonly text: string; readonly id: number } | null = null;

  const lastWord = () => (many ? input.value.slice(input.value.search(/\S*$/)) : input.value);

  function offer(): void {
    const prefix = lastWord();
    const found = completions(app.tokens, app.importance, prefix, many ? OFFERED * 4 : OFFERED);
    // In a list separated by spaces, a token that holds a space would read as two.
    offered = (many ? found.filter((id) => !/^$|\s/.test(app.tokens.token(id))) : found).slice(0, OFFERED);
    if (offered.length === 0) return close();
    fill(list, ...offered.map(option));
    input.setAttribute("aria-expanded", "true");
    list.showPopover();
    place();
    mark(0);
  }

  function option(id: number, at: number): HTMLElement {
    return h(
      "li",
      {
        role: "option",
        id: `${listId}-${at}`,
        class: "cut",
        onpointerdown: (event: Event) => event.preventDefault(), // the field keeps the focus
        onclick: () => pick(id),
      },
      display(app.tokens.token(id)),
    );
  }

  function place(): void {
    const field = input.getBoundingClientRect();
    const room = window.innerHeight - field.bottom;
    const height = list.offsetHeight;
    const top = room < height + 8 && field.top > room ? field.top - height - 4 : field.bottom + 4;
    const width = Math.max(field.width, 140);
    list.style.setProperty("width", `${width}px`);
    list.style.setProperty("left", `${Math.max(4, Math.min(field.left, window.innerWidth - width - 4))}px`);
    list.style.setProperty("top", `${top}px`);
  }

  function mark(at: number): void {
    active = (at + offered.length) % offered.length;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    list.children[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `${listId}-${active}`);
  }

  const isOpen = () => input.getAttribute("aria-expanded") === "true";

  function close(): void {
    if (!isOpen()) return;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    list.hidePopover();
  }

  function pick(id: number): void {
    if (many) setText(input.value.slice(0, input.value.length - lastWord().length) + app.tokens.token(id));
    else setToken(id);
    close();
    commit();
  }

  function commit(): void {
    if (input.value === committed) return;
    committed = input.value;
    onCommit();
  }

  function setText(text: string): void {
    input.value = text;
    picked = null;
  }

  function setToken(id: number): void {
    const text = display(app.tokens.token(id));
    input.value = text;
    picked = { text, id };
  }

  input.addEventListener("input", offer);
  input.addEventListener("blur", () => {
    close();
    commit();
  });
  input.addEventListener("keydown", (event) => {
    // While Hangul is being composed, Enter and arrows belong to the input method.
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (isOpen()) mark(active + (event.key === "ArrowDown" ? 1 : -1));
      else offer();
    } else if (event.key === "Enter") {
      if (isOpen()) pick(offered[active]);
      else commit();
    } else if (event.key === "Escape" && isOpen()) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // The list is placed at the field, so it closes when the field scrolls away.
  const onScroll = (event: Event) => void (event.target !== list && close());
  document.addEventListener("scroll", onScroll, { capture: true, passive: true });
  app.onDestroy(() => document.removeEventListener("scroll", onScroll, { capture: true }));
  subscribe(app, ["lang"], () => {
    input.setAttribute("aria-label", label());
    list.setAttribute("aria-label", label());
  });

  return {
    element,
    text: () => input.value,
    id: () => (picked?.text === input.value ? picked.id : findToken(app.tokens, input.value)),
    setText(text) {
      setText(text);
      committed = text;
    },
    setToken(id) {
      if (id === null) setText("");
      else setToken(id);
      committed = input.value;
    },
    mark(isInvalid, messageId) {
      input.setAttribute("aria-invalid", String(isInvalid));
      if (isInvalid) input.setAttribute("aria-describedby", messageId);
      else input.removeAttribute("aria-describedby");
    },
  };
}
