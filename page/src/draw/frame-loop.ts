/** Draws a frame when one is requested, at most one for each refresh of the screen, and measures them. */

/** Measurements are kept of this many frames. */
const MAX_TIMES = 120;
/** Fading goes on smoothly after a pause. */
const MAX_ELAPSED_MS = 50;

export interface Frame {
  /** When drawing started, in milliseconds. */
  readonly start: number;
  /** Milliseconds since the frame before, as the screen counts them. */
  readonly interval: number;
  /** The same, at most 50: for fading. */
  readonly elapsed: number;
}

/** The browser's refreshes and its clock. */
export interface Screen {
  request(draw: (now: number) => void): number;
  cancel(handle: number): void;
  now(): number;
}

const BROWSER: Screen = {
  request: (draw) => requestAnimationFrame(draw),
  cancel: (handle) => cancelAnimationFrame(handle),
  now: () => performance.now(),
};

export class FrameLoop {
  /** Milliseconds of the main thread for each of the last frames, the newest last. */
  readonly times: number[] = [];
  private handle = 0;
  private last = 0;

  constructor(
    private readonly draw: (frame: Frame) => void,
    private readonly screen: Screen = BROWSER,
  ) {}

  get isPending(): boolean {
    return this.handle !== 0;
  }

  /** Draw at the next refresh of the screen. May be called while a frame is drawn. */
  request(): void {
    if (this.handle === 0) this.handle = this.screen.request((now) => this.run(now));
  }

  /** Draw now, instead of a frame that is pending. */
  drawNow(): void {
    this.run(this.screen.now());
  }

  stop(): void {
    this.screen.cancel(this.handle);
    this.handle = 0;
  }

  private run(now: number): void {
    const start = this.screen.now();
    const interval = now - this.last;
    this.stop();
    this.last = now;
    this.draw({ start, interval, elapsed: Math.min(interval, MAX_ELAPSED_MS) });
    this.times.push(this.screen.now() - start);
    if (this.times.length > MAX_TIMES) this.times.shift();
  }
}
