import { expect, test, vi } from "vitest";
import { controlWhy } from "../../src/control/why";
import type { OnProgress, Why } from "../../src/data/why";
import { fakeApp, manifest, settled } from "../fake-app";

const ANSWER: Why = {
  similarity: 0.5,
  mean: 0.1,
  outside: 0,
  converged: true,
  shares: [
    { axis: 2, tokens: [3], contribution: 0.3, p: 0.01, isSignificant: true },
    { axis: 1, tokens: [0], contribution: 0.1, p: 0.5, isSignificant: false },
  ],
};
const EVIDENCE = { window: 5, counts: [1, 2], together: 0, note: null, contexts: [], lines: [] } as const;
const withText = { ...manifest, explains: { text: "novels.txt" } };

test("the two questions about a pair are asked, and the answer names the axes too", async () => {
  const why = vi.fn(async (_a: number, _b: number, onProgress: OnProgress) => {
    onProgress(0, 0.5);
    return ANSWER;
  });
  const evidence = vi.fn(async () => EVIDENCE);
  const { app } = fakeApp({ manifest: withText, why, evidence }, { pair: [0, 2] });
  controlWhy(app);
  expect(app.session.get().explanation.why.progress).toEqual({ before: 0, done: 0.5 });
  await settled();
  const { explanation } = app.session.get();
  expect(explanation.why.answer).toBe(ANSWER);
  expect(explanation.evidence.answer).toBe(EVIDENCE);
  expect(explanation.axes.answer?.axes).toEqual([[0], [3]]);
  expect(why.mock.calls[0].slice(0, 2)).toEqual([0, 2]);
});

test("another pair stops the question before, whose answer is dropped", async () => {
  const signals: AbortSignal[] = [];
  const why = (a: number, _b: number, _progress: OnProgress, signal?: AbortSignal) => {
    signals.push(signal!);
    return a === 0 ? new Promise<Why>((resolve) => setTimeout(resolve, 5, ANSWER)) : Promise.resolve(ANSWER);
  };
  const { app } = fakeApp({ why }, { pair: [0, 2] });
  controlWhy(app);
  app.store.set({ pair: null });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(signals[0].aborted).toBe(true);
  expect(app.session.get().explanation.why).toEqual({ answer: null, error: null, progress: null });
});

test("a text that is not known is not asked for, and an error is kept for the panel", async () => {
  const evidence = vi.fn();
  const why = async () => {
    throw new Error("axes need at least 5 rows with a direction, and there are 4");
  };
  const { app } = fakeApp({ why, evidence }, { pair: [0, 2] });
  controlWhy(app);
  await settled();
  expect(evidence).not.toHaveBeenCalled();
  expect(app.session.get().explanation.why.error).toContain("at least 5 rows");
});

test("the axes are asked for once, when they are wanted or when one is on the map", async () => {
  const independentAxes = vi.fn(async () => ({ axes: [[1]], converged: true }));
  const { app } = fakeApp({ independentAxes });
  controlWhy(app);
  expect(independentAxes).not.toHaveBeenCalled();
  app.store.set({ method: "axes", independent: [1, 0, 0] });
  await settled();
  app.session.set({ wantsAxes: true });
  expect(independentAxes).toHaveBeenCalledOnce();
  expect(app.session.get().explanation.axes.answer?.axes).toEqual([[1]]);
});

test("a file is asked nothing", () => {
  const why = vi.fn();
  const { app } = fakeApp({ manifest: { ...manifest, explains: null }, why }, { pair: [0, 2] });
  controlWhy(app);
  expect(why).not.toHaveBeenCalled();
});
