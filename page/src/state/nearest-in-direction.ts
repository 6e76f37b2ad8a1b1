/** How arrow keys find the next token: the nearest place in a direction. */
import type { Direction } from "./shortcuts";

export interface Place {
  readonly id: number;
  /** CSS pixels, y down. */
  readonly x: number;
  readonly y: number;
}

const STEPS: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

export function unitStep(direction: Direction): readonly [number, number] {
  return STEPS[direction];
}

/** The nearest of `places` that lies less than 45° off `direction`, seen from (x, y); null when none does. */
export function nearestInDirection(
  direction: Direction,
  from: { x: number; y: number },
  places: Iterable<Place>,
): number | null {
  const [right, down] = STEPS[direction];
  let best: number | null = null;
  let least = Infinity;
  for (const { id, x, y } of places) {
    const along = (x - from.x) * right + (y - from.y) * down;
    const aside = Math.abs((x - from.x) * down + (y - from.y) * right);
    const distance = along * along + aside * aside;
    if (along > aside && distance < least) {
      best = id;
      least = distance;
    }
  }
  return best;
}

/** Places to look for a token in `direction`: nearer ones first, straight ahead before sideways, up to `reach` pixels. */
export function* probes(
  direction: Direction,
  from: { x: number; y: number },
  reach: number,
): Generator<{ x: number; y: number }> {
  const [right, down] = STEPS[direction];
  for (let along = 10; along <= reach; along += 10 + along / 12)
    for (const slope of [0, 0.35, -0.35, 0.8, -0.8])
      yield { x: from.x + along * (right + slope * down), y: from.y + along * (down + slope * right) };
}
