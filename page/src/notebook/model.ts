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

/** What the loader leaves on the window of the frame for the page in it. */
export interface Given {
  readonly model: Model;
  /** The frame, in the document of the notebook. */
  readonly outside: HTMLElement;
  /** Take the page away; it is the page's to set. */
  end: () => void;
}

/** What questions begin with; only their paths count, and nobody is asked for this address. */
export const BASE = new URL("http://kernel/");
