/**
 * Plays the timeline once and records the map with the browser's MediaRecorder. That counts real time, so moments pass
 * by the clock: where drawing is slow there are fewer frames, but the video is as long as it should be.
 */
import type { App } from "../../app";
import type { PictureFrame } from "../../state/picture";
import {
  FRAMES_PER_S,
  momentOfVideo,
  videoBitsPerS,
  videoFormat,
  type VideoFormat,
  videoSeconds,
} from "../../state/recording";
import { lastMoment } from "../../state/timeline";

/** What is asked about a moment is asked no more often than this. */
const ASK_S = 0.25;
/** A refresh of the screen that comes a little early counts as the next frame. */
const EARLY_S = 0.004;
/** A browser that is stopped drops the frames that it has not written yet; on a slow machine these are many. */
const WRITING_MS = 1000;

/** What this browser records; null: nothing. */
export function recordedFormat(): VideoFormat | null {
  const canRecord = "MediaRecorder" in globalThis && "captureStream" in HTMLCanvasElement.prototype;
  return canRecord ? videoFormat((mimeType) => MediaRecorder.isTypeSupported(mimeType)) : null;
}

export interface Orders {
  readonly format: VideoFormat;
  /** The words around the map at a whole moment; null: the map alone. */
  readonly frame: (moment: number) => PictureFrame | null;
  /** So many seconds of it are recorded. */
  readonly onTime: (seconds: number) => void;
  /** Ends it; nothing is kept. */
  readonly stop: AbortSignal;
}

/**
 * The video; null where it was stopped. Only the map and what is asked about a moment follow: state and address stay as
 * they are, and so does what was playing, which goes on afterwards.
 */
export async function record(app: App, orders: Orders): Promise<Blob | null> {
  const { store, session, map } = app;
  const { playing } = store.get();
  store.set({ playing: false });
  try {
    map.setMoment(0, false);
    session.set({ shownMoment: 0 });
    await map.settle();
    return orders.stop.aborted ? null : await filmed(app, orders);
  } finally {
    const { moment } = store.get();
    map.setMoment(moment, false);
    session.set({ shownMoment: Math.round(moment) });
    store.set({ playing });
  }
}

function filmed(app: App, { format, frame, onTime, stop }: Orders): Promise<Blob | null> {
  const { store, session, map } = app;
  const { speed } = store.get();
  const last = lastMoment(app.source.manifest);
  const end = videoSeconds(last, speed);
  const film = map.film(frame(0));
  const { width, height } = film.canvas;
  film.draw(frame(0)); // the browser may take the first picture at once
  const { stream, capture } = captured(film.canvas);
  const recorder = new MediaRecorder(stream, {
    mimeType: format.mimeType,
    videoBitsPerSecond: videoBitsPerS(width, height),
  });
  const parts: Blob[] = [];
  let [handle, before, seconds, takenAt, askedAt] = [0, NaN, 0, -Infinity, 0];
  let moment = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The map shows `moment` by now: it has drawn in this refresh of the screen, before this is called. */
  function take(): void {
    if (seconds - takenAt < 1 / FRAMES_PER_S - EARLY_S) return;
    takenAt = seconds;
    film.draw(frame(Math.round(moment)));
    capture();
  }

  function advance(now: number): void {
    seconds += (now - (Number.isNaN(before) ? now : before)) / 1000;
    before = now;
    take();
    onTime(Math.min(seconds, end));
    if (seconds >= end) {
      timer = setTimeout(() => recorder.stop(), WRITING_MS);
      return;
    }
    const next = momentOfVideo(seconds, last, speed);
    if (next !== moment) map.setMoment((moment = next), false);
    ask();
    handle = requestAnimationFrame(advance);
  }

  function ask(): void {
    const shownMoment = Math.round(moment);
    if (seconds - askedAt < ASK_S || shownMoment === session.get().shownMoment) return;
    askedAt = seconds;
    session.set({ shownMoment });
  }

  /** A page that is hidden draws nothing, so the recording waits too. */
  function waitWhileHidden(): void {
    if (document.hidden) recorder.pause();
    else recorder.resume();
    before = NaN;
  }

  return new Promise<Blob | null>((resolve, reject) => {
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("error", (event) => reject((event as ErrorEvent).error ?? new Error(event.type)));
    recorder.addEventListener("stop", () => resolve(stop.aborted ? null : new Blob(parts, { type: format.mimeType })));
    stop.addEventListener("abort", () => recorder.state === "inactive" || recorder.stop());
    document.addEventListener("visibilitychange", waitWhileHidden);
    recorder.start(1000);
    handle = requestAnimationFrame(advance);
  }).finally(() => {
    cancelAnimationFrame(handle);
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", waitWhileHidden);
    for (const track of stream.getTracks()) track.stop();
  });
}

/** Frames are taken when they are drawn, where the browser can do that, else by its own clock. */
function captured(canvas: HTMLCanvasElement): { readonly stream: MediaStream; readonly capture: () => void } {
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks() as CanvasCaptureMediaStreamTrack[];
  if ("requestFrame" in track) return { stream, capture: () => track.requestFrame() };
  return { stream: canvas.captureStream(FRAMES_PER_S), capture: () => {} };
}
