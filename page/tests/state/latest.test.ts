import { expect, test, vi } from "vitest";
import { latestOnly } from "../../src/state/latest";

/** A question that is answered from outside. */
function open<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  const seen: AbortSignal[] = [];
  const question = (signal: AbortSignal) => {
    seen.push(signal);
    return promise;
  };
  return { question, resolve, reject, signal: () => seen[0] };
}

const handlers = () => ({ answer: vi.fn(), failure: vi.fn() });

test("the answer goes to the handler", async () => {
  const heard = handlers();
  await latestOnly().ask(() => Promise.resolve(7), heard);
  expect(heard.answer.mock.calls).toEqual([[7]]);
  expect(heard.failure).not.toHaveBeenCalled();
});

test("the error of a failed question goes to the other handler", async () => {
  const heard = handlers();
  const error = new Error("no server");
  await latestOnly().ask(() => Promise.reject(error), heard);
  expect(heard.failure.mock.calls).toEqual([[error]]);
  expect(heard.answer).not.toHaveBeenCalled();
});

test("a newer question aborts the older one, whose late answer is dropped", async () => {
  const latest = latestOnly();
  const [first, second] = [open<string>(), open<string>()];
  const [old, now] = [handlers(), handlers()];
  const asked = [latest.ask(first.question, old), latest.ask(second.question, now)];
  expect([first.signal().aborted, second.signal().aborted]).toEqual([true, false]);
  second.resolve("second");
  first.resolve("first");
  await Promise.all(asked);
  expect(now.answer.mock.calls).toEqual([["second"]]);
  expect(old.answer).not.toHaveBeenCalled();
});

test("the error of an aborted question is dropped too", async () => {
  const latest = latestOnly();
  const first = open<string>();
  const old = handlers();
  const asked = latest.ask(first.question, old);
  latest.stop();
  first.reject(new Error("aborted"));
  await asked;
  expect([old.answer.mock.calls, old.failure.mock.calls]).toEqual([[], []]);
});

test("after a stop the next question is answered", async () => {
  const latest = latestOnly();
  latest.stop();
  const heard = handlers();
  await latest.ask(() => Promise.resolve("again"), heard);
  expect(heard.answer).toHaveBeenCalledWith("again");
});

test("a mistake in the handler is not taken for a failure of the question", async () => {
  const heard = {
    answer: () => {
      throw new Error("mistake");
    },
    failure: vi.fn(),
  };
  await expect(latestOnly().ask(() => Promise.resolve(1), heard)).rejects.toThrow("mistake");
  expect(heard.failure).not.toHaveBeenCalled();
});
