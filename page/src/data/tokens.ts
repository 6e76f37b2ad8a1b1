/** All tokens in one string: a million small strings would cost a hundred megabytes and a second. */
export class TokenTable {
  /** Token `id` is all.slice(offsets[id], offsets[id + 1]), in UTF-16 units. */
  constructor(
    readonly all: string,
    readonly offsets: Uint32Array,
  ) {}

  get n(): number {
    return this.offsets.length - 1;
  }

  token(id: number): string {
    return this.all.slice(this.offsets[id], this.offsets[id + 1]);
  }

  /** The token that contains the unit at `index` of `all`; if empty tokens start there too, the last of them. */
  at(index: number): number {
    let low = 0;
    let high = this.n; // offsets[low] <= index < offsets[high]
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.offsets[middle] <= index) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The id of a token, null if there is none; from an index built at the first call. */
  id(token: string): number | null {
    if (this.ids === null) {
      this.ids = new Map();
      for (let id = 0; id < this.n; id++) this.ids.set(this.token(id), id);
    }
    return this.ids.get(token) ?? null;
  }

  private ids: Map<string, number> | null = null;
}
