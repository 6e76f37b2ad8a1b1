/** What the page says of a table in training, and how it is set up anew when that has ended. */
import type { App } from "../app";
import type { Training } from "../data/source";
import { epochNumber, lossColumns, share } from "../state/live";
import { decimal, percent } from "../state/numbers";
import { fill, h } from "./dom";
import { knownError } from "./errors";
import { leftText } from "./progress";
import { labeled, locale, localized, subscribe } from "./subscribe";
import { lines } from "./timeline/curves";
import "./timeline/player.css";
import "./live.css";

/** The curve of the loss has so many values from the first id to the last. */
const COLUMNS = 240;
/** Before so much of a run is done, its speed says little about the rest. */
const LEFT_FROM = 0.02;
/** The speed is said with so many digits, which change less often than all. */
const SPEED_DIGITS = 2;

/** In the place of the timeline: how far training has come. */
export function liveLine(app: App): HTMLElement {
  const done = h("span", { class: "live-share number" });
  const { svg, show } = lines(COLUMNS - 1);
  const curve = h("div", { class: "curves", "aria-hidden": "true" }, svg);
  const bar = labeled(app, h("progress", { max: "1" }), "live.title");
  const text = h("p", { class: "timeline-text number" });
  const failed = h("p", { class: "timeline-text warn", role: "alert", hidden: true });
  subscribe(app, ["training", "lang"], () => {
    const { training } = app.session.get();
    bar.value = training === null ? 0 : share(training);
    fill(done, training === null ? "" : percent(locale(app), Math.floor(100 * share(training)) / 100));
    show(training === null ? [] : [lossColumns(training, COLUMNS)]);
    fill(text, ...parts(app, training));
    const why = training?.state === "failed" ? training.message : null;
    text.hidden = why !== null;
    failed.hidden = why === null;
    const said = why === null ? "" : app.t("live.failed", { why: knownError(app.store.get().lang, why) ?? why });
    if (failed.textContent !== said) fill(failed, said);
  });
  const element = h(
    "section",
    { class: "timeline live" },
    h("div", { class: "live-title" }, h("strong", {}, localized(app, "live.title")), done),
    h("div", { class: "timeline-track" }, curve, bar),
    text,
    failed,
  );
  return labeled(app, element, "live.title");
}

function parts(app: App, training: Training | null): HTMLElement[] {
  const part = (words: string, kind: string) => h("span", { class: kind }, words);
  if (training === null || training.progress === 0) return [part(app.t("live.starting"), "")];
  if (training.state !== "training") return [part(app.t("live.ending"), "")];
  const { loss, validationLoss, wordsPerS, epochs } = training;
  const number = (value: number) => decimal(locale(app), value, 3);
  const left = share(training) < LEFT_FROM ? "" : leftText(app, training);
  const speed = Number(wordsPerS.toPrecision(SPEED_DIGITS));
  return [
    part(app.t("live.epoch", { n: epochNumber(training), total: epochs }), "timeline-number"),
    loss !== null && part(app.t("timeline.loss", { value: number(loss) }), "timeline-loss"),
    validationLoss !== null &&
      part(app.t("timeline.validation", { value: number(validationLoss) }), "timeline-validation"),
    speed > 0 && part(app.t("live.speed", { n: speed }), "cut"),
    left !== "" && part(left, "cut"),
  ].filter((each) => each !== false);
}

/** For the panel of the projection: what is drawn while the table is in training. */
export function liveNote(app: App): HTMLElement {
  const note = h("p", { class: "message" }, localized(app, "live.picture"));
  subscribe(app, ["isLive"], () => (note.hidden = !app.session.get().isLive));
  return note;
}

/** What `build` makes, if anything; of a table in training it is made anew when its moments are known. */
export function ofMoments(app: App, build: (app: App) => HTMLElement | null): readonly HTMLElement[] {
  const element = build(app);
  if (!app.session.get().isLive) return element === null ? [] : [element];
  const now = element ?? h("div", { hidden: true });
  app.onDestroy(app.session.subscribe(({ isLive }, before) => void (isLive !== before.isLive && rebuild())));
  function rebuild(): void {
    const next = build(app);
    if (next === null) now.remove();
    else now.replaceWith(next);
  }
  return [now];
}
