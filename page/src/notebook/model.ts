/** What the page needs of a widget in a notebook; anywidget's model is one (anywidget.dev/en/afm). */

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  /** Tell Python what was set. */
  save_changes(): void;
  on(event: string, listener: (...values: never[]) => void): void;
  off(event: string, listener: (...values: never[]) => void): void;
  send(message: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** What anywidget calls to show a widget in an element. */
export interface Shown {
  readonly model: Model;
  readonly el: HTMLElement;
  /** Ends with the view, where the notebook says so. */
  readonly signal?: AbortSignal;
}
