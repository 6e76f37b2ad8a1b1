/** The running projection: a thin bar over the map, and its stage. The projection's panel can stop it. */
import type { App, Panel } from "../app";
import { overallProgress } from "../state/stages";
import type { Progress } from "../state/state";
import { h } from "./dom";
import { errorText } from "./errors";
import { subscribe } from "./subscribe";
import type { Key } from "./i18n";
import "./progress.css";

const STAGES: Readonly<Record<string, Key>> = {
  neighbors: "progress.neighbors",
  graph: "progress.graph",
  affinities: "progress.graph",
  layout: "progress.layout",
  "t-SNE": "progress.layout",
  trust: "progress.trust",
};

/** The stage in words; a stage without a name counts as the start. */
export function stageText({ t }: App, { stage, before }: Progress): string {
  if (stage === "waiting") return t("progress.waiting", { n: before });
  return t(STAGES[stage] ?? "progress.start");
}

export const progress: Panel = (app) => {
  const bar = h("div", { class: "progress-bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" });
  const stage = h("span");
  const percent = h("span", { class: "number muted" });
  const line = h("div", { class: "progress-line" }, stage, percent);
  const error = h("div", { class: "progress-line warn", role: "alert" });
  const element = h("div", { class: "progress" }, bar, line, error);

  const show = () => {
    const { progress: now } = app.store.get();
    const part = Math.round(100 * overallProgress(now.stage, now.fraction));
    bar.hidden = line.hidden = !now.running;
    bar.style.setProperty("--part", `${part}%`);
    bar.setAttribute("aria-valuenow", String(part));
    bar.setAttribute("aria-label", app.t("progress.name"));
    stage.textContent = stageText(app, now);
    percent.textContent = now.stage === "waiting" ? "" : `${part}%`;
    error.hidden = now.error === null;
    const said = now.error === null ? "" : errorText(app.store.get().lang, now.error);
    if (error.textContent !== said) error.textContent = said;
  };

  subscribe(app, ["progress", "lang"], show);
  app.onDestroy(
    app.store.subscribe((now, before) => {
      if (before.progress.running && now.progress.stage === "done") app.announce(app.t("progress.done"));
    }),
  );
  return element;
};
