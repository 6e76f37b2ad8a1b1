/** Which table each map shows. */
import type { App } from "../../app";
import { fill, h } from "../dom";
import { subscribe } from "../subscribe";
import "./comparison.css";

/** Puts a title into each of the two `panes`; on one map both names stand, from the first to the second. */
export function paneTitles(app: App, panes: readonly [HTMLElement, HTMLElement]): void {
  const { names } = app.source.manifest.comparison!;
  const titles = panes.map((pane) => {
    const title = h("p", { class: "pane-title" });
    pane.append(title);
    return title;
  });
  subscribe(app, ["mapLayout", "moment", "lang"], () => {
    const { mapLayout, moment } = app.store.get();
    const name = (side: number, isShown = true) => h(isShown ? "strong" : "span", { class: "cut" }, names[side]);
    fill(titles[0], name(0));
    if (mapLayout === "beside") fill(titles[1], name(1));
    else fill(titles[1], name(0, moment < 0.5), h("span", {}, "→"), name(1, moment >= 0.5));
  });
}
