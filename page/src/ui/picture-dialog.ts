/** Saving the picture: with title and legend or without, on the background or transparent. */
import type { App } from "../app";
import type { Legend } from "../state/color";
import { count, decimal } from "../state/numbers";
import type { PictureFrame, PictureLegend } from "../state/picture";
import { momentsOf } from "../state/timeline";
import { fileName, saveAs } from "./actions";
import { fill, h } from "./dom";
import { errorText } from "./errors";
import { icon } from "./icons";
import { writtenMarks } from "./legend-scale";
import { freshId, labeled, locale, localized, subscribe } from "./subscribe";
import { momentName } from "./timeline/moment-text";
import { titleText } from "./title";
import "./picture-dialog.css";

export interface PictureDialog {
  readonly element: HTMLDialogElement;
  open(): void;
}

export function pictureDialog(app: App): PictureDialog {
  const titleId = freshId("tovec-picture");
  const hasFrame = h("input", { type: "checkbox", checked: true });
  const isTransparent = h("input", { type: "checkbox" });
  const sharpness = h("p", { class: "message" });
  const save = () => {
    element.close();
    void savePicture(app, hasFrame.checked, isTransparent.checked);
  };
  const close = labeled(
    app,
    h("button", { type: "button", class: "button quiet icon" }, icon("close")),
    "picture.close",
  );
  close.addEventListener("click", () => element.close());
  const element: HTMLDialogElement = h(
    "dialog",
    { class: "picture-dialog", "aria-labelledby": titleId },
    h("div", { class: "row" }, h("h2", { class: "grow", id: titleId }, localized(app, "picture.title")), close),
    h("label", { class: "check" }, hasFrame, h("span", {}, localized(app, "picture.frame"))),
    h("label", { class: "check" }, isTransparent, h("span", {}, localized(app, "picture.transparent"))),
    sharpness,
    h(
      "button",
      { type: "button", class: "button primary", onclick: save },
      icon("download"),
      localized(app, "picture.save"),
    ),
  );
  // A click outside the box is a click on the dialog element itself.
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close();
  });
  const describe = () => {
    const ratio = deviceScale();
    fill(
      sharpness,
      app.t("picture.sharpness", { ratio: decimal(locale(app), ratio, Number.isInteger(ratio) ? 0 : 2) }),
    );
  };
  subscribe(app, ["lang"], describe);
  return {
    element,
    open() {
      describe();
      element.showModal();
    },
  };
}

/** Device pixels for each CSS pixel. */
function deviceScale(): number {
  return globalThis.devicePixelRatio;
}

async function savePicture(app: App, hasFrame: boolean, isTransparent: boolean): Promise<void> {
  const { method, dims } = app.store.get();
  try {
    const frame = hasFrame ? frameOf(app) : null;
    const picture = await app.map.png(deviceScale(), { isTransparent, frame });
    saveAs(picture, `${fileName(app)}-${method}-${dims}d.png`);
  } catch (error) {
    app.notify(app.t("toolbar.pngFailed", { why: errorText(app.store.get().lang, (error as Error).message) }));
  }
}

function frameOf(app: App): PictureFrame {
  const { method, dims, rows, colorBy } = app.store.get();
  const { nTokens, dim } = app.source.manifest;
  const { legend, shownMoment } = app.session.get();
  const isOfTimeline = momentsOf(app.source.manifest).length > 0;
  const subtitle = [
    app.t(`projection.${method}`),
    app.t(dims === 3 ? "toolbar.dims3" : "toolbar.dims2"),
    app.t("toolbar.size", { n: rows.length || nTokens, dim }),
    ...(isOfTimeline ? [momentName(app, shownMoment!)] : []),
  ].join(" · ");
  return {
    title: titleText(app),
    subtitle,
    legend: legend === null || colorBy === "none" ? null : written(app, legend),
  };
}

function written(app: App, { title, entries, range }: Legend): PictureLegend {
  return {
    title,
    entries: entries.map(({ label, color, n }) => ({ label, color, note: count(locale(app), n) })),
    scale: range && { colors: range.colors, marks: writtenMarks(app, range) },
  };
}
