import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runInSlices } from "../../src/draw/slices";

let time = 0;
let messages: (() => void)[] = [];
let log: string[] = [];

/** One port of a channel; what is posted to the other one waits for the test. */
class FakePort {
  onmessage: (() => void) | null = null;
  other: FakePort | null = null;

  postMessage(): void {
    messages.push(() => this.other!.onmessage?.());
  }

  close(): void {
    log.push("closed");
  }
}

beforeEach(() => {
  [time, messages, log] = [0, [], []];
  vi.spyOn(performance, "now").mockImplementation(() => time);
  vi.stubGlobal(
    "MessageChannel",
    class {
      readonly port1 = new FakePort();
      readonly port2 = new FakePort();

      constructor() {
        this.port2.other = this.port1;
      }
    },
  );
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Give the page its turn; return whether there was work after it. */
function turn(): boolean {
  const message = messages.shift();
  log.push("turn");
  message?.();
  return message !== undefined;
}

function* work(n: number, ms: number): Generator<void> {
  for (let i = 0; i < n; i++) {
    time += ms;
    log.push(`step ${i}`);
    yield;
  }
}

test("the page has its turn before the work and after every six milliseconds of it", () => {
  runInSlices(work(5, 3), () => log.push("done"));
  expect(log).toEqual([]);
  while (turn());
  const expected = ["turn", "step 0", "step 1", "turn", "step 2", "step 3", "turn", "step 4", "closed", "done", "turn"];
  expect(log).toEqual(expected);
});

test("a step that takes long is followed by a turn of the page", () => {
  runInSlices(work(2, 100), () => log.push("done"));
  turn();
  expect(log).toEqual(["turn", "step 0"]);
});

test("cancelled work takes no further step and is not reported as done", () => {
  const job = runInSlices(work(5, 3), () => log.push("done"));
  turn();
  job.cancel();
  while (turn());
  expect(log.filter((entry) => entry.startsWith("step"))).toEqual(["step 0", "step 1"]);
  expect(log).not.toContain("done");
});
