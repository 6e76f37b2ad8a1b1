/** What moved most from one table to the other, in the original space. */
import type { App } from "../../app";
import { MAX_LINES } from "../../state/comparison";
import { sortedIds } from "../../state/ids";
import { decimal } from "../../state/numbers";
import { fill, h } from "../dom";
import { scriptSelect } from "../script-select";
import { locale, localized, subscribe } from "../subscribe";
import { tokenList } from "../token-list";

/** null: no tables are compared. */
export function movedPanel(app: App): HTMLElement | null {
  const { comparison } = app.source.manifest;
  if (!comparison) return null;
  const { session, store } = app;
  const written = (id: number) => decimal(locale(app), session.get().comparison!.movement[id], 3);
  const list = tokenList(app, written);
  const message = h("p", { class: "message" });
  const first = () => session.get().moved?.subarray(0, MAX_LINES) ?? [];
  const select = h("button", {
    type: "button",
    class: "button small",
    onclick: () => store.set({ selected: sortedIds([...first()]) }),
  });
  subscribe(app, ["lang", "moved"], () => {
    const { moved } = session.get();
    list.show(moved ?? [], app.t("comparison.movedMost"));
    message.hidden = moved !== null && moved.length > 0;
    fill(message, app.t(moved === null ? "color.working" : "comparison.nothingMoved"));
    select.hidden = first().length === 0;
    const isAll = first().length === moved?.length;
    fill(select, isAll ? app.t("neighbors.select") : app.t("comparison.selectFirst", { n: first().length }));
  });
  return h(
    "section",
    { class: "panel moved" },
    h("h2", { class: "panel-title" }, localized(app, "comparison.movedMost")),
    scriptSelect(app, "movedScript"),
    list.element,
    message,
    h("div", { class: "row wrap" }, select),
  );
}
