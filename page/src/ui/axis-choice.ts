/** For each axis of the map: a direction between tokens, or one of the independent axes of the table. */
import type { App } from "../app";
import { display } from "../state/display";
import { hasIndependentAxes, withIndependent } from "../state/independent-axes";
import { fill, h } from "./dom";
import { subscribe, localized } from "./subscribe";
import { askedLine } from "./why/asked";

/** The choice for one axis of the map; it appears when the axes are known. */
export function axisChoice(app: App, axis: number, letter: string): HTMLElement {
  const { store, session } = app;
  const select = h("select", { class: "field" });
  select.addEventListener("change", () => {
    store.set({ independent: withIndependent(store.get().independent, axis, Number(select.value)) });
  });
  subscribe(app, ["lang"], () => select.setAttribute("aria-label", app.t("axes.kind", { axis: letter })));
  subscribe(app, ["explanation", "independent", "lang"], () => {
    const chosen = store.get().independent[axis];
    const axes = session.get().explanation.axes.answer?.axes ?? [];
    const names = axes.map((tokens, at) =>
      option(at + 1, tokens.map((id) => display(app.tokens.token(id))).join(", ")),
    );
    // One that an address names and that is not known yet, or that this table does not have, stays the choice.
    if (chosen > axes.length) names.push(option(chosen, "…"));
    fill(select, h("option", { value: 0 }, app.t("axes.betweenTokens")), ...names);
    select.value = String(chosen);
    select.hidden = names.length === 0;
  });
  return select;
}

function option(number: number, names: string): HTMLElement {
  return h("option", { value: number }, `${number}: ${names}`);
}

/** A button that asks for the independent axes; null where there are none to ask for. */
export function offerOfAxes(app: App): HTMLElement | null {
  if (!hasIndependentAxes(app.source.manifest)) return null;
  const line = askedLine(app, "why.axesWorking");
  const ask = () => app.session.set({ wantsAxes: true });
  const button = h(
    "button",
    { type: "button", class: "button small start", onclick: ask },
    localized(app, "axes.offer"),
  );
  const note = h("p", { class: "message" }, localized(app, "axes.offerNote"));
  subscribe(app, ["explanation", "lang"], () => {
    const { axes } = app.session.get().explanation;
    line.show(axes);
    button.hidden = note.hidden = axes.answer !== null || axes.progress !== null;
  });
  return h("div", { class: "stack" }, button, note, line.element);
}
