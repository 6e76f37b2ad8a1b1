/** How many points to draw while the camera moves, by how fast frames come. */

/** So many are drawn at least. */
export const FEWEST = 50_000;
/** Frames that take longer than this are seen as jerks. */
const SLOW_MS = 24;
const GOOD_MS = 18;

export class Pace {
  /** Infinity: all of them. */
  budget = Infinity;
  private smoothed = 16;

  /** Take note that `drawn` points took `interval` milliseconds from frame to frame. */
  note(interval: number, drawn: number): void {
    this.smoothed += (interval - this.smoothed) / 2;
    if (this.smoothed > SLOW_MS) {
      this.budget = Math.max(FEWEST, Math.floor(drawn * Math.max(0.3, GOOD_MS / this.smoothed)));
      this.smoothed = GOOD_MS; // what comes next is drawn with the new number
    } else if (this.smoothed < GOOD_MS && drawn >= this.budget) this.budget = Math.ceil(1.1 * this.budget);
  }
}
