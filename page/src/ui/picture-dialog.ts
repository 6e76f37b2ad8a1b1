/** Saving the picture: with title and legend or without, on the background or transparent; of a timeline, a video too. */
import type { App } from "../app";
import { decimal } from "../state/numbers";
import { fileName, saveAs } from "./actions";
import { fill, h } from "./dom";
import { errorText } from "./errors";
import { icon } from "./icons";
import { frameOf } from "./picture-frame";
import { freshId, labeled, locale, localized, subscribe } from "./subscribe";
import { videoRecorder } from "./timeline/video-recorder";
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
  const savePng = h(
    "button",
    { type: "button", class: "button primary", onclick: save },
    icon("download"),
    localized(app, "picture.save"),
  );
  const video = videoRecorder(app, {
    hasFrame: () => hasFrame.checked,
    onRecording: (isRecording) => {
      for (const control of [hasFrame, isTransparent, savePng]) control.disabled = isRecording;
    },
    onDone: () => element.close(),
  });
  const element: HTMLDialogElement = h(
    "dialog",
    { class: "picture-dialog", "aria-labelledby": titleId },
    h("div", { class: "row" }, h("h2", { class: "grow", id: titleId }, localized(app, "picture.title")), close),
    h("label", { class: "check" }, hasFrame, h("span", {}, localized(app, "picture.frame"))),
    h("label", { class: "check" }, isTransparent, h("span", {}, localized(app, "picture.transparent"))),
    sharpness,
    video.about,
    h("div", { class: "picture-buttons" }, video.button, savePng),
    video.progress,
  );
  // A click outside the box is a click on the dialog element itself; it does not end a recording.
  element.addEventListener("click", (event) => {
    if (event.target === element && !video.isRecording()) element.close();
  });
  element.addEventListener("close", video.stop);
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
      video.describe();
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
