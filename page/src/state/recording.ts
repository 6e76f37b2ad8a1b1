/** The timeline as a video: how long it is, which moment it shows when, and in which format it is written. */
import { MOMENTS_PER_S, type Speed } from "./timeline";

/** How long the first and the last moment stay, as in an animated figure. */
const FIRST_STAYS_S = 0.6;
const LAST_STAYS_S = 2;

export const FRAMES_PER_S = 30;
const BITS_PER_PIXEL = 0.12;
const MIN_BITS_PER_S = 2.5e6;
const MAX_BITS_PER_S = 40e6;

export interface VideoFormat {
  /** For MediaRecorder. */
  readonly mimeType: string;
  readonly suffix: "webm" | "mp4";
}

/** The best first: VP8 is the one that browsers write fast enough without help of the hardware. */
const FORMATS: readonly VideoFormat[] = [
  { mimeType: "video/webm;codecs=vp8", suffix: "webm" },
  { mimeType: "video/webm", suffix: "webm" },
  { mimeType: "video/mp4;codecs=avc1.42E01F", suffix: "mp4" },
  { mimeType: "video/mp4", suffix: "mp4" },
];

/** null: this browser writes none of them. */
export function videoFormat(isSupported: (mimeType: string) => boolean): VideoFormat | null {
  return FORMATS.find(({ mimeType }) => isSupported(mimeType)) ?? null;
}

/** How long it takes to record, and to watch. */
export function videoSeconds(last: number, speed: Speed): number {
  return FIRST_STAYS_S + last / (MOMENTS_PER_S * speed) + LAST_STAYS_S;
}

/** The moment that is shown so long after the start; it may lie between two. */
export function momentOfVideo(seconds: number, last: number, speed: Speed): number {
  return Math.min(Math.max(seconds - FIRST_STAYS_S, 0) * MOMENTS_PER_S * speed, last);
}

export function videoBitsPerS(width: number, height: number): number {
  return Math.min(Math.max(width * height * FRAMES_PER_S * BITS_PER_PIXEL, MIN_BITS_PER_S), MAX_BITS_PER_S);
}
