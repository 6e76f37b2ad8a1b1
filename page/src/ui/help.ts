/** A dialog about keys, mouse and exported files. */
import type { App } from "../app";
import { fill, h } from "./dom";
import { subscribe, freshId } from "./subscribe";
import type { Key } from "./i18n";
import { icon } from "./icons";
import { momentsOf } from "../state/timeline";
import "./help.css";

const KEYS: readonly (readonly [keys: readonly string[], meaning: Key])[] = [
  [["/"], "help.search"],
  [["2", "3"], "help.dims"],
  [["↑", "↓", "←", "→"], "help.arrows"],
  [["Enter"], "help.enter"],
  [["⇧", "↑ ↓ ← →"], "help.shiftArrows"],
  [["⇧", "Enter"], "help.shiftEnter"],
  [["+", "−"], "help.zoom"],
  [["W", "A", "S", "D"], "help.pan"],
  [["R"], "help.reset"],
  [["F"], "help.fit"],
  [["L"], "help.labels"],
  [["M", "Esc"], "help.move"],
  [["Esc"], "help.leave"],
  [["B"], "help.box"],
  [["O"], "help.lasso"],
  [["?"], "help.help"],
];

const PLAYER: typeof KEYS = [
  [["P", "Space"], "help.play"],
  [[",", "."], "help.steps"],
];

const OF_COMPARISON: typeof KEYS = [
  [["C"], "help.mapLayout"],
  [["X"], "help.otherMap"],
];

const MOUSE: readonly (readonly [gesture: Key, meaning: Key])[] = [
  ["help.drag", "help.dragMeans"],
  ["help.shiftDrag", "help.shiftDragMeans"],
  ["help.wheel", "help.wheelMeans"],
  ["help.click", "help.clickMeans"],
  ["help.shiftClick", "help.shiftClickMeans"],
  ["help.doubleClick", "help.doubleClickMeans"],
  ["help.fingers", "help.fingersMeans"],
];

export interface Help {
  readonly element: HTMLDialogElement;
  open(): void;
}

export function help(app: App): Help {
  const { t } = app;
  const titleId = freshId("tovec-help");
  const element = h("dialog", { class: "help scroll", "aria-labelledby": titleId });
  // A click outside the box is a click on the dialog element itself.
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close();
  });

  const draw = () => {
    const { manifest } = app.source;
    const more = manifest.comparison ? OF_COMPARISON : momentsOf(manifest).length > 0 ? PLAYER : [];
    const shown = [...KEYS, ...more];
    const pressed = (keys: readonly string[]) => h("dt", {}, ...keys.map((key) => h("kbd", {}, key)));
    const row = (left: HTMLElement, meaning: Key) => h("div", { class: "help-row" }, left, h("dd", {}, t(meaning)));
    fill(
      element,
      h(
        "div",
        { class: "help-inside" },
        h(
          "div",
          { class: "row" },
          h("h2", { class: "help-title grow", id: titleId }, t("help.title")),
          h(
            "button",
            {
              type: "button",
              class: "button quiet icon",
              "aria-label": t("help.close"),
              onclick: () => element.close(),
            },
            icon("close"),
          ),
        ),
        h(
          "div",
          { class: "help-columns" },
          h(
            "section",
            {},
            h("h3", { class: "label" }, t("help.keys")),
            h("dl", {}, ...shown.map(([keys, meaning]) => row(pressed(keys), meaning))),
          ),
          h(
            "section",
            {},
            h("h3", { class: "label" }, t("help.mouse")),
            h("dl", {}, ...MOUSE.map(([gesture, meaning]) => row(h("dt", {}, t(gesture)), meaning))),
            h("h3", { class: "label" }, t("help.files")),
            h("p", {}, t("selection.rule")),
          ),
        ),
      ),
    );
  };

  subscribe(app, ["lang"], draw);
  return { element, open: () => element.showModal() };
}
