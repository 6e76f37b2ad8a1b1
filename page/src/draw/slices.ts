/** Long work in short slices, so that the page stays responsive between them. */

/** Milliseconds of work before the page gets its turn. */
const SLICE_MS = 6;

export interface Job {
  cancel(): void;
}

/** Run `steps` to its end, a slice at a time; then call `onDone`. */
export function runInSlices(steps: Iterator<void>, onDone: () => void): Job {
  // Browsers delay timers that start timers by 4 ms, but not messages.
  const { port1, port2 } = new MessageChannel();
  const cancel = () => {
    port1.onmessage = null;
    port1.close();
  };
  port1.onmessage = () => {
    const start = performance.now();
    let isDone = false;
    while (!isDone && performance.now() - start < SLICE_MS) isDone = steps.next().done === true;
    if (!isDone) return port2.postMessage(null);
    cancel();
    onDone();
  };
  port2.postMessage(null);
  return { cancel };
}
