/** How many points to draw while the camera moves, measured by how fast frames come. */

/** At least this many points are drawn. */
export const MIN_POINTS = 50_000;
/** Longer frames are visible as jerks. */
const SLOW_MS = 24;
const GOOD_MS = 18;

export class FrameBudget {
  /** Infinity: all of them. */
  points = Infinity;
  private smoothedMs = 16;

  /**
   * Adjust the budget to a frame that drew `drawn` points `intervalMs` after the one before it. `share`: of all that is
   * drawn at once, where this is one of several maps.
   */
  record(intervalMs: number, drawn: number, share = 1): void {
    this.smoothedMs += (intervalMs - this.smoothedMs) / 2;
    if (this.smoothedMs > SLOW_MS) {
      this.points = Math.max(MIN_POINTS * share, Math.floor(drawn * Math.max(0.3, GOOD_MS / this.smoothedMs)));
      this.smoothedMs = GOOD_MS; // the next frames are drawn with the new number
    } else if (this.smoothedMs < GOOD_MS && drawn >= this.points) this.points = Math.ceil(1.1 * this.points);
  }
}
