/** The tokens that moved most on the picture, since the moment before or since the first. */
import type { App } from "../../app";
import { movedMost, pointsAt, SINCE, type Since } from "../../state/timeline";
import { segmented } from "../controls";
import { fill, h } from "../dom";
import { fillRanked, rankedList } from "../ranked";
import { labeled, localized, subscribe } from "../subscribe";

const LISTED = 10;

export function movedMostList(app: App): HTMLElement {
  const list = labeled(app, rankedList(), "timeline.moved");
  const message = h("p", { class: "message" });
  const since = segmented<Since>((value) => app.store.set({ since: value }));
  subscribe(app, ["lang", "since"], () => {
    const choices = SINCE.map((value) => ({ value, label: app.t(`since.${value}`) }));
    since.show(app.t("timeline.moved"), choices, app.store.get().since);
  });
  const show = () => {
    const { picture, shownMoment } = app.session.get();
    const { since: start, playing } = app.store.get();
    if (playing) return; // nobody reads a list that changes all the time
    const moment = shownMoment ?? 0;
    const from = start === "first" ? 0 : moment - 1;
    const at = (which: number) => pointsAt(picture!, which, app.tokens.n);
    const isKnown = picture !== null && from >= 0 && moment > 0;
    const most = isKnown ? movedMost(at(from), at(moment), picture.dims, LISTED) : [];
    // A distance is written as those to neighbors are.
    fillRanked(
      app,
      list,
      most.map(({ id, distance }) => ({ id, score: -distance })),
      "euclidean",
    );
    message.hidden = most.length > 0;
    fill(message, app.t(moment === 0 ? "timeline.firstMoment" : "timeline.nothingMoved"));
  };
  subscribe(app, ["picture", "shownMoment", "since", "lang", "playing"], show);
  const title = h("h3", { class: "label" }, localized(app, "timeline.moved"));
  return h("div", { class: "stack" }, title, since.element, list, message);
}
