/** The model of a widget, as anywidget gives it, with Python's end in the hands of the test. */
import type { Model } from "../../src/notebook/model";

type Listener = (...values: never[]) => void;

export class FakeModel implements Model {
  readonly sent: { message: Record<string, unknown>; body: ArrayBuffer | undefined }[] = [];
  /** What Python was told, once for each `save_changes`. */
  readonly saved: Record<string, unknown>[] = [];
  private changed: Record<string, unknown> = {};
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly values: Record<string, unknown> = {}) {}

  get(name: string): unknown {
    return this.values[name];
  }
  set(name: string, value: unknown): void {
    this.values[name] = this.changed[name] = value;
    this.tell(`change:${name}`);
  }
  save_changes(): void {
    this.saved.push(this.changed);
    this.changed = {};
  }
  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }
  off(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }
  send(message: unknown, _?: unknown, buffers?: ArrayBuffer[]): void {
    this.sent.push({ message: message as Record<string, unknown>, body: buffers?.[0] });
  }

  /** What Python sets. */
  receive(name: string, value: unknown): void {
    this.values[name] = value;
    this.tell(`change:${name}`);
  }
  /** A part of an answer, in the middle of a larger buffer, as websockets give it. */
  part(id: unknown, bytes: readonly number[], { isLast = false, status = 200 } = {}): void {
    const all = Uint8Array.from([99, ...bytes, 99]);
    this.tell("msg:custom", { part: id, status, isLast }, [new DataView(all.buffer, 1, bytes.length)]);
  }
  nListeners(event: string): number {
    return this.listeners.get(event)?.size ?? 0;
  }
  private tell(event: string, ...values: unknown[]): void {
    for (const listener of this.listeners.get(event) ?? []) listener(...(values as never[]));
  }
}
