/** Dimensions, tools, view, theme, language. On narrow screens the less frequent half is behind a button. */
import type { App } from "../app";
import type { Lang, Theme, Tool } from "../state/state";
import { fit, possibleDims, resetView, showDims } from "./actions";
import { type Choice, segmented } from "./controls";
import { fill, h } from "./dom";
import { subscribe, freshId, localized } from "./subscribe";
import { help } from "./help";
import type { Key } from "./i18n";
import { type Icon, icon } from "./icons";
import { pictureDialog } from "./picture-dialog";
import { titleText } from "./title";
import "./toolbar.css";

export function toolbar(app: App): HTMLElement {
  const { store, t } = app;
  const { nTokens, dim } = app.source.manifest;
  const dialog = help(app);
  const picture = pictureDialog(app);
  const rareId = freshId("tovec-rare");

  const title = h("span", { class: "cut" });
  const size = h("span", { class: "muted number" });
  const heading = h("h1", {}, localized(app, "page.title"));
  const brand = h("div", { class: "brand cut" }, heading, title, size);

  const dims = segmented<"2" | "3">((value) => showDims(app, value === "3" ? 3 : 2));
  const tools = segmented<Tool>((tool) => store.set({ tool }));
  const fitted = button("fit", () => fit(app));
  const reset = button("reset", () => resetView(app));
  const labels = button("labels", () => store.set({ labels: !store.get().labels }));
  const png = button("photo", () => picture.open());
  const themes = segmented<Theme>((theme) => store.set({ theme }));
  const languages = segmented<Lang>((lang) => store.set({ lang }));
  const keys = button("help", () => dialog.open());
  keys.classList.add("opens-help");

  const rare = h("div", { class: "rare", id: rareId }, labels, png, themes.element, languages.element, keys);
  const more = button("more", () => unfold(rare.dataset.open === undefined));
  more.classList.add("more");
  more.setAttribute("aria-controls", rareId);
  const element = h(
    "header",
    { class: "toolbar" },
    brand,
    h("div", { class: "group" }, dims.element, tools.element, fitted, reset),
    more,
    rare,
    dialog.element,
    picture.element,
  );

  function unfold(isOpen: boolean): void {
    rare.toggleAttribute("data-open", isOpen);
    more.setAttribute("aria-expanded", String(isOpen));
  }
  rare.addEventListener("click", () => unfold(false));
  rare.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || rare.dataset.open === undefined) return;
    event.stopPropagation();
    unfold(false);
    more.focus();
  });
  unfold(false);

  const show = () => {
    const state = store.get();
    const possible = possibleDims(app);
    title.textContent = titleText(app);
    size.textContent = t("toolbar.size", { n: nTokens, dim });
    dims.show(
      t("toolbar.dims"),
      [
        { value: "2", label: t("toolbar.dims2"), disabled: !possible.includes(2) },
        { value: "3", label: t("toolbar.dims3"), disabled: !possible.includes(3) },
      ],
      state.dims === 3 ? "3" : "2",
    );
    tools.show(t("toolbar.tool"), drawn(app, TOOLS), state.tool);
    name(fitted, t("toolbar.fit"));
    name(reset, t("toolbar.reset"));
    name(labels, t("toolbar.labels"));
    labels.setAttribute("aria-pressed", String(state.labels));
    name(png, t("toolbar.png"));
    themes.show(t("toolbar.theme"), drawn(app, THEMES), state.theme);
    // Each language has its own name in every language.
    languages.show(t("toolbar.language"), LANGUAGES, state.lang);
    name(keys, t("toolbar.help"));
    name(more, t("toolbar.more"));
  };

  subscribe(app, ["lang", "theme", "dims", "method", "tool", "labels"], show);
  return element;
}

const LANGUAGES: readonly { value: Lang; label: string }[] = [
  { value: "ko", label: "한국어" },
  { value: "en", label: "English" },
];

const TOOLS: readonly (readonly [Tool & Icon, Key])[] = [
  ["move", "toolbar.move"],
  ["box", "toolbar.box"],
  ["lasso", "toolbar.lasso"],
];

const THEMES: readonly (readonly [Theme & Icon, Key])[] = [
  ["light", "toolbar.light"],
  ["dark", "toolbar.dark"],
  ["auto", "toolbar.auto"],
];

function drawn<V extends Icon>(app: App, choices: readonly (readonly [V, Key])[]): Choice<V>[] {
  return choices.map(([value, key]) => ({ value, label: app.t(key), face: icon(value) }));
}

/** An icon, with its name for screen readers and as a tooltip. */
function button(drawing: Icon, run: () => void): HTMLButtonElement {
  const element = h("button", { type: "button", class: "button quiet icon", onclick: run });
  fill(element, icon(drawing));
  return element;
}

function name(element: HTMLElement, text: string): void {
  element.setAttribute("aria-label", text);
  element.title = text;
}
