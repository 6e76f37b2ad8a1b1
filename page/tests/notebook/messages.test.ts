import { expect, test, vi } from "vitest";
import { openServer } from "../../src/data/server";
import { openMessages, reach } from "../../src/notebook/messages";
import { manifest, settled } from "../fake-app";
import { FakeModel } from "./fake-model";

const url = (path: string) => new URL(path, "http://kernel/");
const ask = async (model: FakeModel, at = -1) => {
  await settled();
  return model.sent.at(at)!.message.ask;
};

test("a question is a path with a body, and its answer comes in parts", async () => {
  const model = new FakeModel();
  const { fetch } = openMessages(model);
  const answer = fetch(url("api/tokens?k=1"), { method: "POST", body: "가" });
  await settled();
  const [{ message, body }] = model.sent;
  expect(message).toMatchObject({ path: "/api/tokens?k=1", method: "POST" });
  expect(new TextDecoder().decode(body)).toBe("가");
  model.part(message.ask, [1, 2, 3]);
  const response = await answer;
  model.part(message.ask, [4]);
  model.part(message.ask, [], { isLast: true });
  expect(response.status).toBe(200);
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2, 3, 4]);
  expect(model.sent.slice(1).map((each) => each.message)).toEqual([{ took: message.ask }, { took: message.ask }]);
});

test("pages of one widget do not take each other's answers", async () => {
  const model = new FakeModel();
  const [one, other] = [openMessages(model), openMessages(model)];
  const answers = [one, other].map(({ fetch }) => fetch(url("x"), {}));
  const ids = [await ask(model, 0), await ask(model, 1)];
  expect(ids[0]).not.toBe(ids[1]);
  model.part(ids[1], [2], { isLast: true });
  model.part(ids[0], [1], { isLast: true });
  const texts = await Promise.all(answers.map(async (each) => [...new Uint8Array(await (await each).arrayBuffer())]));
  expect(texts).toEqual([[1], [2]]);
});

test("an aborted question is stopped, before its answer has begun and after", async () => {
  const model = new FakeModel();
  const { fetch } = openMessages(model);
  for (const hasBegun of [false, true]) {
    const stop = new AbortController();
    const answer = fetch(url("x"), { signal: stop.signal });
    const id = await ask(model);
    if (hasBegun) model.part(id, [1]);
    const text = answer.then((response) => response.text());
    await settled();
    stop.abort();
    await expect(text).rejects.toThrow(/abort/i);
    expect(model.sent.at(-1)!.message).toEqual({ stop: id });
    model.part(id, [2], { isLast: true }); // it was on its way
  }
  const aborted = AbortSignal.abort();
  await expect(fetch(url("x"), { signal: aborted })).rejects.toThrow(/abort/i);
});

test("a question that is aborted at once, or whose page is closed at once, is not asked", async () => {
  const model = new FakeModel();
  const { fetch, leave } = openMessages(model);
  const stop = new AbortController();
  const answer = fetch(url("x"), { signal: stop.signal });
  stop.abort();
  await expect(answer).rejects.toThrow(/abort/i);
  void fetch(url("x"), {});
  leave();
  await settled();
  expect(model.sent.filter(({ message }) => "ask" in message)).toEqual([]);
});

test("a page that is closed stops all its questions and hears nothing more", async () => {
  const model = new FakeModel();
  const { fetch, leave } = openMessages(model);
  void fetch(url("x"), {});
  const id = await ask(model);
  leave();
  const { leave: page } = model.sent.at(-1)!.message;
  expect(String(id).startsWith(String(page))).toBe(true);
  expect(model.nListeners("msg:custom")).toBe(0);
});

test("a kernel that has ended is noticed as one that does not answer", async () => {
  const model = new FakeModel();
  const { fetch } = openMessages(model);
  model.send = () => {
    throw new Error("Cannot send");
  };
  const stop = new AbortController();
  const answer = fetch(url("x"), { signal: stop.signal });
  stop.abort(new DOMException("too late", "TimeoutError"));
  await expect(answer).rejects.toThrow("too late");
});

test("a source over messages asks what one over a network asks", async () => {
  const model = new FakeModel();
  const way = { fetch: openMessages(model).fetch, silence: "silent", text: "no answer" } as const;
  const opening = openServer(url("./"), way);
  const bytes = (value: unknown) => [...new TextEncoder().encode(JSON.stringify(value))];
  model.part(await ask(model), bytes(manifest), { isLast: true });
  const source = await opening;
  const nearest = source.nearest({ positive: [1], negative: [], k: 2, metric: "cosine" });
  const id = await ask(model);
  expect(model.sent.at(-1)!.message.path).toBe("/api/nearest?positive=1&negative=&k=2&metric=cosine");
  model.part(id, bytes({ results: [{ id: 2, score: 1 }] }), { isLast: true });
  expect(await nearest).toEqual([{ id: 2, score: 1 }]);
  const refused = source.vector(9);
  model.part(await ask(model), [...new TextEncoder().encode("id 9 is out of range\n")], { isLast: true, status: 400 });
  await expect(refused).rejects.toThrow("id 9 is out of range");
});

test("a kernel that has not heard the first question is asked again, a few times", async () => {
  vi.useFakeTimers();
  const model = new FakeModel();
  const reached = reach(openMessages(model));
  await vi.advanceTimersByTimeAsync(1000);
  expect(model.sent.map(({ message }) => message.path)).toEqual(Array(3).fill("/api/alive"));
  model.part(model.sent[2].message.ask, [], { isLast: true });
  await reached;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(model.sent.length).toBe(3);
  vi.useRealTimers();
});
