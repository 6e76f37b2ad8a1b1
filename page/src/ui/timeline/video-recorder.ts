/** The button that records the timeline as a video, what it says before, and how far it is. */
import type { App } from "../../app";
import { videoSeconds } from "../../state/recording";
import { lastMoment, momentsOf } from "../../state/timeline";
import { fileName, saveAs } from "../actions";
import { fill, h } from "../dom";
import { errorText } from "../errors";
import { icon } from "../icons";
import { frameOfMoment } from "../picture-frame";
import { freshId, localized, subscribe } from "../subscribe";
import { record, recordedFormat } from "./record";

export interface VideoRecorder {
  /** How long it will take, or why there is none. */
  readonly about: HTMLElement;
  readonly button: HTMLButtonElement;
  /** With a button to stop; hidden while nothing is recorded. */
  readonly progress: HTMLElement;
  /** Say anew what is possible. */
  describe(): void;
  isRecording(): boolean;
  /** Keeps nothing of what is being recorded. */
  readonly stop: () => void;
}

export interface VideoOptions {
  /** Whether title and legend are wanted. */
  hasFrame(): boolean;
  onRecording(isRecording: boolean): void;
  /** The dialog has nothing left to say. */
  onDone(): void;
}

export function videoRecorder(app: App, options: VideoOptions): VideoRecorder {
  const { store, t } = app;
  let ending: AbortController | null = null;
  const total = () => videoSeconds(lastMoment(app.source.manifest), store.get().speed);
  const about = h("p", { class: "message", id: freshId("tovec-video") });
  const button = h(
    "button",
    { type: "button", class: "button", "aria-describedby": about.id, onclick: () => void start() },
    icon("play"),
    localized(app, "picture.video"),
  );
  const text = h("span", { class: "grow number" });
  const stopButton = h(
    "button",
    { type: "button", class: "button small", onclick: stop },
    localized(app, "picture.discard"),
  );
  const bar = h("progress", { max: 1, value: 0 });
  const progress = h("div", { class: "picture-recording" }, h("div", { class: "row" }, text, stopButton), bar);

  function describe(): void {
    const isPossible = momentsOf(app.source.manifest).length > 0;
    const isRecording = ending !== null;
    const why =
      recordedFormat() === null ? t("picture.noVideo") : store.get().progress.running ? t("picture.videoWaits") : null;
    about.hidden = button.hidden = !isPossible;
    button.disabled = isRecording || why !== null;
    progress.hidden = !isRecording;
    fill(about, why ?? t("picture.videoTime", { n: Math.ceil(total()) }));
  }

  function showTime(seconds: number): void {
    const line = t("picture.recording", { n: Math.floor(seconds), total: Math.ceil(total()) });
    if (text.textContent === line) return;
    text.textContent = line;
    bar.value = seconds / total();
    bar.setAttribute("aria-label", line);
  }

  function change(next: AbortController | null): void {
    ending = next;
    describe();
    options.onRecording(next !== null);
  }

  async function start(): Promise<void> {
    const format = recordedFormat()!;
    const controller = new AbortController();
    const hasFrame = options.hasFrame();
    change(controller);
    showTime(0);
    stopButton.focus();
    try {
      const video = await record(app, {
        format,
        frame: (moment) => (hasFrame ? frameOfMoment(app, moment) : null),
        onTime: showTime,
        stop: controller.signal,
      });
      change(null);
      if (video === null) return button.focus();
      saveAs(video, `${fileName(app)}.${format.suffix}`);
      app.announce(t("picture.videoSaved"));
    } catch (error) {
      change(null);
      app.notify(t("picture.videoFailed", { why: errorText(store.get().lang, (error as Error).message) }));
    }
    options.onDone();
  }

  function stop(): void {
    ending?.abort();
  }

  subscribe(app, ["lang", "speed", "progress"], describe);
  app.onDestroy(stop);
  return { about, button, progress, describe, isRecording: () => ending !== null, stop };
}
