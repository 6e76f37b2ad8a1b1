/**
 * The merges of BPE (Sennrich et al. 2016), as Hugging Face `tokenizers` applies them (models/bpe/word.rs): the pair of
 * lowest rank first, of equal ones the first in the text.
 */
import { inSlices } from "./in-slices";

export class Merges {
  private readonly ranks = new Map<string, number>();

  /** `pairs`: as in a tokenizer.json, by rank, each in two parts or with a space between them. */
  static async of(pairs: readonly (readonly [string, string] | string)[]): Promise<Merges> {
    const merges = new Merges();
    await inSlices(pairs, (pair, rank) => {
      const [left, right] = typeof pair === "string" ? pair.split(" ") : pair;
      merges.ranks.set(key(left, right), rank);
    });
    return merges;
  }

  /** The parts of `text`, from its characters on. */
  apply(text: string): string[] {
    const parts: (string | null)[] = Array.from(text); // null: it has become a part of the one before
    const next = parts.map((_, at) => at + 1);
    const previous = parts.map((_, at) => at - 1);
    const candidates = new Heap();

    const offer = (at: number) => {
      const [left, right] = [parts[at], parts[next[at]]];
      if (left === null || left === undefined || right === null || right === undefined) return;
      const rank = this.ranks.get(key(left, right));
      if (rank !== undefined) candidates.push({ rank, at, length: left.length + right.length });
    };

    parts.forEach((_, at) => offer(at));
    for (let best = candidates.pop(); best !== undefined; best = candidates.pop()) {
      const { at, length } = best;
      const [left, right] = [parts[at], parts[next[at]]];
      // What it was offered for may have been merged otherwise since.
      if (left === null || right === null || right === undefined || left.length + right.length !== length) continue;
      if (!this.ranks.has(key(left, right))) continue;
      parts[at] = left + right;
      parts[next[at]] = null;
      next[at] = next[next[at]];
      if (next[at] < parts.length) previous[next[at]] = at;
      if (previous[at] >= 0) offer(previous[at]);
      offer(at);
    }
    return parts.filter((part) => part !== null);
  }
}

/** Different for different pairs, also where tokens hold spaces. */
function key(left: string, right: string): string {
  return String.fromCharCode(left.length) + left + right;
}

interface Candidate {
  readonly rank: number;
  /** The place of its first part. */
  readonly at: number;
  readonly length: number;
}

/** The lowest rank first, of equal ones the first place. */
class Heap {
  private readonly items: Candidate[] = [];

  push(item: Candidate): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    for (let above = (at - 1) >> 1; at > 0 && isBefore(item, items[above]); above = (at - 1) >> 1) {
      items[at] = items[above];
      at = above;
    }
    items[at] = item;
  }

  pop(): Candidate | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (let below = 1; below < items.length; below = 2 * at + 1) {
      if (below + 1 < items.length && isBefore(items[below + 1], items[below])) below++;
      if (!isBefore(items[below], last)) break;
      items[at] = items[below];
      at = below;
    }
    items[at] = last;
    return first;
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.at < b.at);
}
