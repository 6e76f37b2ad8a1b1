/** Long work in short slices, so that the page answers between them. */

/** Milliseconds of work before the page gets its turn. */
const SLICE = 6;

export interface Job {
  cancel(): void;
}

/** Run `steps` to its end, a slice at a time; then call `done`. */
export function inSlices(steps: Iterator<void>, done: () => void): Job {
  // Timers that start timers are held back for 4 ms by browsers, messages are not.
  const { port1, port2 } = new MessageChannel();
  const cancel = () => {
    port1.onmessage = null;
    port1.close();
  };
  port1.onmessage = () => {
    const start = performance.now();
    let finished = false;
    while (!finished && performance.now() - start < SLICE) finished = steps.next().done === true;
    if (!finished) return port2.postMessage(null);
    cancel();
    done();
  };
  port2.postMessage(null);
  return { cancel };
}
