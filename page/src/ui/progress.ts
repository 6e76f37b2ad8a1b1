/** The running projection: a thin bar over the map, and its stage in a corner. The projection's panel can stop it. */
import type { App, Panel } from "../app";
import { percent } from "../state/numbers";
import type { Progress } from "../state/state";
import { h } from "./dom";
import { errorText } from "./errors";
import { locale, subscribe } from "./subscribe";
import type { Key, Translate } from "./i18n";
import "./progress.css";

const STAGES: Readonly<Record<string, Key>> = {
  neighbors: "progress.neighbors",
  recall: "progress.recall",
  graph: "progress.graph",
  affinities: "progress.graph",
  layout: "progress.layout",
  projecting: "progress.layout",
  "t-SNE": "progress.layout",
  "independent axes": "progress.independent",
  trust: "progress.trust",
  jitter: "progress.trust",
};

/** The stage in words; a stage without a name counts as the start. */
export function stageText({ t }: App, { stage, before }: Progress): string {
  if (stage === "waiting") return t("progress.waiting", { n: before });
  return t(STAGES[stage] ?? "progress.start");
}

/** Of how many of the true neighbors the map is made; empty where these are all, or are not known yet. */
function foundText(app: App): string {
  const { recall } = app.session.get();
  if (recall === null || recall >= 1) return "";
  return app.t("progress.found", { share: percent(locale(app), recall) });
}

/** From here on the rest is told in minutes. */
const MINUTES_FROM_S = 90;
/** Less is over before it is read. */
const TOLD_FROM_S = 4;

/** How long it will still take, in words; empty where that is unknown, or too short to say. */
export function leftText({ t }: App, { leftS }: Pick<Progress, "leftS">): string {
  if (leftS === null || leftS < TOLD_FROM_S) return "";
  return t("progress.left", { time: timeText(t, leftS) });
}

/** About so many seconds, in words. */
export function timeText(t: Translate, seconds: number): string {
  if (seconds >= MINUTES_FROM_S) return t("progress.minutes", { n: Math.round(seconds / 60) });
  return t("progress.seconds", { n: Math.max(5, 5 * Math.round(seconds / 5)) });
}

export const progress: Panel = (app) => {
  const bar = h("div", { class: "progress-bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  const stage = h("span");
  const share = h("span", { class: "number muted" });
  const more = h("span", { class: "muted" });
  const line = h("div", { class: "progress-line" }, stage, share, more);
  const error = h("div", { class: "progress-line warn", role: "alert" });
  const element = h("div", { class: "progress" }, bar, line, error);

  const show = () => {
    const { progress: now } = app.store.get();
    const part = Math.round(100 * now.overall);
    bar.hidden = line.hidden = !now.running;
    bar.style.setProperty("--part", `${part}%`);
    bar.setAttribute("aria-valuenow", String(part));
    bar.setAttribute("aria-label", app.t("progress.name"));
    stage.textContent = stageText(app, now);
    share.textContent = now.stage === "waiting" ? "" : `${part}%`;
    more.textContent = [leftText(app, now), foundText(app)].filter(Boolean).join(" · ");
    more.hidden = more.textContent === "";
    error.hidden = now.error === null;
    const said = now.error === null ? "" : errorText(app.store.get().lang, now.error);
    if (error.textContent !== said) error.textContent = said;
  };

  subscribe(app, ["progress", "lang", "recall"], show);
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (before.progress.running && now.progress.stage === "done") app.announce(app.t("progress.done"));
    }),
  );
  return element;
};
