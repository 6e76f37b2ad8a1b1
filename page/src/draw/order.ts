/** The order in which points are stored and drawn: a fixed shuffle, so that the first m are a fair sample. */
export interface Order {
  /** The token in a slot: a place in the drawing order. */
  readonly idOf: Uint32Array;
  /** The slot of a token. */
  readonly slotOf: Uint32Array;
}

/** The same n gives the same order. */
export function shuffledOrder(n: number): Order {
  const idOf = new Uint32Array(n);
  const random = mulberry32(n);
  // Fisher and Yates, from the front: each new id takes the place of a random earlier one, which moves to the end.
  for (let i = 0; i < n; i++) {
    const j = Math.floor(random() * (i + 1));
    idOf[i] = idOf[j];
    idOf[j] = i;
  }
  const slotOf = new Uint32Array(n);
  for (let slot = 0; slot < n; slot++) slotOf[idOf[slot]] = slot;
  return { idOf, slotOf };
}

/** Tommy Ettinger's generator: 32 bits of state, numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
