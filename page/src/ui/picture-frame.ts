/** Title and legend of a picture, in words. */
import type { App } from "../app";
import type { Legend } from "../state/color";
import { count } from "../state/numbers";
import type { PictureFrame, PictureLegend } from "../state/picture";
import { momentsOf } from "../state/timeline";
import { writtenMarks } from "./legend-scale";
import { locale } from "./subscribe";
import { lossTexts, momentName, momentNumber } from "./timeline/moment-text";
import { titleText } from "./title";

/** Of a picture of the map as it is. */
export function frameOf(app: App): PictureFrame {
  const isOfTimeline = momentsOf(app.source.manifest).length > 0;
  const moment = isOfTimeline ? [momentName(app, app.session.get().shownMoment!)] : ofOneMap(app);
  return { title: titleText(app), subtitle: [...subtitle(app), ...moment].join(" · "), legend: legendOf(app) };
}

/** Whose places one map of two tables shows. */
function ofOneMap({ source, store }: App): string[] {
  const { comparison } = source.manifest;
  const { mapLayout, moment } = store.get();
  return comparison && mapLayout === "one" ? [comparison.names[moment < 0.5 ? 0 : 1]] : [];
}

/** Of a video, while it shows this moment. */
export function frameOfMoment(app: App, moment: number): PictureFrame {
  const line = [momentNumber(app, moment), momentName(app, moment), lossTexts(app, moment).loss];
  return {
    title: titleText(app),
    subtitle: subtitle(app).join(" · "),
    moment: line.filter(Boolean).join(" · "),
    legend: legendOf(app),
  };
}

/** The method, its dimensions, and the size of the table. */
function subtitle(app: App): string[] {
  const { method, dims, rows } = app.store.get();
  const { nTokens, dim } = app.source.manifest;
  return [
    app.t(`projection.${method}`),
    app.t(dims === 3 ? "toolbar.dims3" : "toolbar.dims2"),
    app.t("toolbar.size", { n: rows.length || nTokens, dim }),
  ];
}

function legendOf(app: App): PictureLegend | null {
  const { legend } = app.session.get();
  return legend === null || app.store.get().colorBy === "none" ? null : written(app, legend);
}

function written(app: App, { title, entries, range }: Legend): PictureLegend {
  return {
    title,
    entries: entries.map(({ label, color, n }) => ({ label, color, note: count(locale(app), n) })),
    scale: range && { colors: range.colors, marks: writtenMarks(app, range) },
  };
}
