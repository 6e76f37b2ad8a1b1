/** The stages of a projection as one progress from 0 to 1. */
const SPANS: Readonly<Record<string, readonly [number, number]>> = {
  start: [0, 0.02],
  neighbors: [0.02, 0.35],
  graph: [0.35, 0.4],
  affinities: [0.35, 0.4],
  layout: [0.4, 0.95],
  "t-SNE": [0.4, 0.95],
  trust: [0.95, 1],
  done: [1, 1],
};

/** The overall progress; the shares of time are those of some ten thousand tokens. */
export function overallProgress(stage: string, fraction: number): number {
  const [from, to] = SPANS[stage] ?? SPANS.start;
  return from + (to - from) * Math.max(0, Math.min(1, fraction));
}
