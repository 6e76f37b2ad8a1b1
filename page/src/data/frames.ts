/** Cuts a stream of bytes into frames; decode.ts states their layout. */
export interface Frame {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Bytes before the header: the two lengths. */
const PREFIX = 8;

/** Collects bytes as they arrive and returns complete frames. */
export class FrameReader {
  private pending: Uint8Array[] = [];
  private size = 0;

  /** Add bytes; return the frames they complete. */
  push(bytes: Uint8Array): Frame[] {
    this.pending.push(bytes);
    this.size += bytes.length;
    const frames: Frame[] = [];
    for (let frame = this.next(); frame !== null; frame = this.next()) frames.push(frame);
    return frames;
  }

  /** Throw if the stream ended within a frame. */
  end(): void {
    if (this.size > 0) throw new Error(`the answer ended ${this.size} bytes into a frame`);
  }

  private next(): Frame | null {
    if (this.size < PREFIX) return null;
    const lengths = this.peek(PREFIX);
    const headerLength = lengths.getUint32(0, true);
    const total = PREFIX + headerLength + lengths.getUint32(4, true);
    if (this.size < total) return null;
    const whole = this.joined();
    const header = JSON.parse(new TextDecoder().decode(whole.subarray(PREFIX, PREFIX + headerLength)));
    const payload = whole.slice(PREFIX + headerLength, total); // a copy, so that it is aligned
    this.pending = [whole.subarray(total)];
    this.size -= total;
    return { header, payload };
  }

  private peek(n: number): DataView {
    if (this.pending[0].length < n) this.joined();
    const first = this.pending[0];
    return new DataView(first.buffer, first.byteOffset, n);
  }

  private joined(): Uint8Array {
    if (this.pending.length === 1) return this.pending[0];
    const whole = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.pending) {
      whole.set(part, at);
      at += part.length;
    }
    this.pending = [whole];
    return whole;
  }
}
