import { describe, expect, test } from "vitest";
import { LabelJobs } from "../../src/draw/label-jobs";
import type { ScreenIndex } from "../../src/draw/screen-index";
import { createView } from "../../src/draw/view";
import { FRONT } from "../../src/state/camera";
import { manualRunner } from "./helpers";

const VIEW = createView(FRONT, 800, 600);
const POINTS = new Float32Array(30).fill(0.1);

function made() {
  const log: string[] = [];
  const clock = { time: 5000 };
  const { run, work, jobs } = manualRunner();
  const indexes: ScreenIndex[] = [];
  const labelJobs = new LabelJobs(
    {
      *choose(index) {
        indexes.push(index);
        log.push("choosing");
        yield;
        log.push("chosen");
      },
      onIndex: () => log.push(labelJobs.index === null ? "no index" : "index"),
      onLabels: () => log.push("labels"),
    },
    run,
    () => clock.time,
  );
  return { labelJobs, log, work, jobs, clock, indexes };
}

describe("a view that rests", () => {
  test("gets first its index, then its labels", () => {
    const { labelJobs, log, work, indexes } = made();
    labelJobs.settle(VIEW, POINTS);
    expect([labelJobs.isBusy, labelJobs.index]).toEqual([true, null]);
    work();
    expect(log).toEqual(["index", "choosing", "chosen", "labels"]);
    expect(labelJobs.isBusy).toBe(false);
    expect(labelJobs.index).toBe(indexes[0]);
    expect(labelJobs.index!.inView).toBe(10);
  });

  test("can be picked in as soon as the index is there", () => {
    const { labelJobs, log, work } = made();
    labelJobs.settle(VIEW, POINTS);
    while (!log.includes("choosing")) work(1);
    expect(labelJobs.index).not.toBeNull();
    expect(labelJobs.isBusy).toBe(true);
  });

  test("that moves again gets neither", () => {
    const { labelJobs, log, work } = made();
    labelJobs.settle(VIEW, POINTS);
    work(1);
    labelJobs.invalidate();
    work();
    expect(log).toEqual([]);
    expect([labelJobs.isBusy, labelJobs.index]).toEqual([false, null]);
  });

  test("has an index whose measured time excludes that of the page in between", () => {
    const { labelJobs, work, clock } = made();
    labelJobs.settle(VIEW, POINTS);
    for (let i = 0; i < 5; i++) {
      clock.time += 100;
      work(1);
    }
    expect(labelJobs.indexMs).toBe(0);
  });
});

describe("other labels for the same view", () => {
  test("replace those that are being chosen, with the same index", () => {
    const { labelJobs, log, work, indexes } = made();
    labelJobs.settle(VIEW, POINTS);
    while (!log.includes("choosing")) work(1);
    labelJobs.relabel();
    work();
    expect(log).toEqual(["index", "choosing", "choosing", "chosen", "labels"]);
    expect(indexes[1]).toBe(indexes[0]);
  });

  test("wait for the index where there is none", () => {
    const { labelJobs, log, work, jobs } = made();
    labelJobs.relabel();
    expect(jobs).toEqual([]);
    labelJobs.settle(VIEW, POINTS);
    work(1);
    labelJobs.relabel();
    work();
    expect(log).toEqual(["index", "choosing", "chosen", "labels"]);
  });
});

describe("while projections follow each other", () => {
  test("labels are chosen for where the points go, at most once a second", () => {
    const { labelJobs, log, work, clock, jobs } = made();
    labelJobs.prelabel(VIEW, POINTS);
    clock.time += 999;
    labelJobs.prelabel(VIEW, POINTS);
    expect(jobs).toHaveLength(1);
    work();
    expect(log).toEqual(["choosing", "chosen"]); // neither an index for picking nor labels of a resting view
    expect([labelJobs.index, labelJobs.isBusy]).toEqual([null, false]);
    clock.time += 1;
    labelJobs.prelabel(VIEW, POINTS);
    expect(jobs).toHaveLength(2);
  });

  test("movement does not stop choosing, rest and other tokens do", () => {
    for (const [stop, isCancelled] of [
      [(jobs: LabelJobs) => jobs.invalidate(), false],
      [(jobs: LabelJobs) => jobs.settle(VIEW, POINTS), true],
      [(jobs: LabelJobs) => jobs.cancel(), true],
    ] as const) {
      const { labelJobs, jobs } = made();
      labelJobs.prelabel(VIEW, POINTS);
      stop(labelJobs);
      expect(jobs[0].isCancelled).toBe(isCancelled);
    }
  });
});
