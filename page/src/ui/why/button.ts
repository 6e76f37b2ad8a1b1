/** Behind a neighbor: why it is near to the chosen token. */
import type { App } from "../../app";
import { display } from "../../state/display";
import { h } from "../dom";
import { subscribe } from "../subscribe";

/** null where nobody can be asked. Pressed again, it closes the answer. */
export function whyButton(app: App, id: number): HTMLElement | null {
  const { store, session, source } = app;
  const { chosen } = store.get();
  if (source.manifest.explains === null || session.get().isLive || chosen === null) return null;
  const pressed = () => {
    const { pair } = store.get();
    return pair?.[0] === chosen && pair[1] === id;
  };
  const [a, b] = [chosen, id].map((each) => display(app.tokens.token(each)));
  const name = app.t("why.of", { a, b });
  return h(
    "button",
    {
      type: "button",
      class: "button small quiet why-button",
      "aria-label": name,
      title: name,
      "aria-pressed": String(pressed()),
      "data-pair": id,
      onclick: () => store.set({ pair: pressed() ? null : [chosen, id] }),
    },
    app.t("why.short"),
  );
}

/** Keep the buttons of a list in step with the pair that is looked at. */
export function markWhyButtons(app: App, list: HTMLElement): void {
  subscribe(app, ["pair"], () => {
    const { pair, chosen } = app.store.get();
    for (const button of list.querySelectorAll<HTMLElement>("[data-pair]"))
      button.setAttribute("aria-pressed", String(pair?.[0] === chosen && button.dataset.pair === String(pair?.[1])));
  });
}
