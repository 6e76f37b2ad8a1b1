import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConnectionWatch, Unreachable } from "../../src/data/connection";
import type { Connection } from "../../src/data/source";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that can be switched. */
function fakeServer() {
  const server: { is: "there" | Connection; name: string } = { is: "there", name: "first" };
  const answer = async <T>(value: T): Promise<T> => {
    if (server.is === "there") return value;
    throw new Unreachable(server.is as "lost", "the server does not answer");
  };
  const watch = new ConnectionWatch(() => answer(server.name));
  return { server, watch, ask: (signal?: AbortSignal) => watch.patiently(() => answer("answer"), signal) };
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

test("a server that goes away is noticed without a question, and found again", async () => {
  const { server, watch } = fakeServer();
  const heard: Connection[] = [];
  const stop = watch.watch((now) => void heard.push(now));
  await pass(60_000);
  expect(heard).toEqual([]);
  server.is = "lost";
  await pass(6000);
  server.is = "there";
  await pass(3000);
  expect(heard).toEqual(["lost", "open"]);
  stop();
  server.is = "lost";
  await pass(60_000);
  expect(heard).toEqual(["lost", "open"]);
});

test("a question waits for the server and is asked again", async () => {
  const { server, watch, ask } = fakeServer();
  watch.watch(() => {});
  await pass(0);
  server.is = "lost";
  let answered: string | null = null;
  void ask().then((value) => (answered = value));
  await pass(30_000);
  expect(answered).toBeNull();
  server.is = "there";
  await pass(3000);
  expect(answered).toBe("answer");
});

test("a question that nobody waits for anymore is given up", async () => {
  const { server, watch, ask } = fakeServer();
  watch.watch(() => {});
  await pass(0);
  server.is = "lost";
  const aborting = new AbortController();
  const question = expect(ask(aborting.signal)).rejects.toMatchObject({ name: "AbortError" });
  await pass(3000);
  aborting.abort();
  await question;
});

test("another server at the same address is not taken for the first, even with the right key", async () => {
  const { server, watch } = fakeServer();
  const heard: Connection[] = [];
  watch.watch((now) => void heard.push(now));
  await pass(0);
  server.is = "refused";
  await pass(6000);
  Object.assign(server, { is: "there", name: "second" });
  await pass(3000);
  expect(heard).toEqual(["refused", "restarted"]);
});

test("while nobody watches, a question fails at once", async () => {
  const { server, ask } = fakeServer();
  server.is = "lost";
  await expect(ask()).rejects.toThrow("does not answer");
});

test("a question that always fails although the server is there fails in the end", async () => {
  const { watch } = fakeServer();
  watch.watch(() => {});
  const question = vi.fn(() => Promise.reject(new Unreachable("lost", "cut short")));
  const failed = expect(watch.patiently(question)).rejects.toThrow("cut short");
  await pass(10_000);
  await failed;
  expect(question.mock.calls.length).toBe(3);
});
