"""The best that gensim and tovec reach in a given time: as many epochs as fit, in whole processes.

Called by quality.py. A first run of one epoch and one of two say what start-up, reading and saving take, and
what an epoch. Where not one epoch fits, the text is cut to lines that lie evenly in it.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from common import corpora, is_installed, report
from evaluation import language_of, sets_for
from programs import GENSIM, TOVEC, compile_loops, write_tokens
from time_to_quality import DEFAULT, GENSIM_RUN, Program, Runs, covered_ratings

HEADROOM = 0.03  # of the time, for runs that take longer than the calibration says
LEAST_SHARE = 0.05  # of the text; below it what takes the time is not the text


@dataclass(frozen=True)
class Cost:
    """What a run takes, in seconds: whatever the epochs, and for each of them."""

    fixed_s: float
    epoch_s: float

    @classmethod
    def measured(cls, seconds_of: Callable[[int], float]) -> "Cost":
        """Return the cost from runs of one and of two epochs. seconds_of: makes a run, given its epochs."""
        one, two = seconds_of(1), seconds_of(2)
        epoch_s = max(two - one, one / 1000)  # noise must not make an epoch free
        return cls(max(0.0, one - epoch_s), epoch_s)

    def plan(self, limit_s: float) -> "Plan":
        """Return the longest run that fits into `limit_s` with some headroom."""
        usable_s = limit_s * (1 - HEADROOM)
        epochs = math.floor((usable_s - self.fixed_s) / self.epoch_s)
        if epochs >= 1:
            return Plan(epochs, 1.0)
        return Plan(1, usable_s / (self.fixed_s + self.epoch_s))

    def corrected(self, plan: "Plan", seconds: float) -> "Cost":
        """Return the cost as it is after `plan` has taken `seconds`; it replans a run that took too long."""
        epoch_s = (seconds / plan.share - self.fixed_s) / plan.epochs
        return replace(self, epoch_s=max(epoch_s, self.epoch_s / 10))


@dataclass(frozen=True)
class Plan:
    """A run: its epochs, and the share of the text that it reads."""

    epochs: int
    share: float


def within(options: argparse.Namespace) -> None:
    """Print what each program reaches in each of the times."""
    if not is_installed("gensim", "the comparison with it"):
        return
    for path in corpora(options.corpora or ["english-novels.txt"]):
        compile_loops(path)
        with tempfile.TemporaryDirectory() as name:
            tokens = Path(name) / "tokens.txt"
            write_tokens(path, tokens)
            programs = {
                GENSIM_RUN: Program(GENSIM, {"workers": options.threads}, tokens),
                DEFAULT: Program(TOVEC, {"threads": options.threads}, path),
            }
            costs = {run: Cost.measured(partial(_seconds_of_all, each)) for run, each in programs.items()}
            rows = [
                row for limit_s in options.within for row in rows_of(limit_s, path, programs, costs, options)
            ]
        report(f"quality_within_{path.stem}", rows)


def rows_of(
    limit_s: float,
    path: Path,
    programs: dict[str, Program],
    costs: dict[str, Cost],
    options: argparse.Namespace,
) -> list[dict[str, Any]]:
    """Return a row for each program, all in turn with each seed; the first run settles how long it is."""
    sets, language = sets_for(path, options.sets), language_of(path)
    plans: dict[str, Plan] = {}
    results = {run: Runs() for run in programs}
    for seed in range(1, options.seeds + 1):
        for run, program in programs.items():
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "vectors"
                if seed == 1:
                    plans[run], seconds = fitted(program, costs[run], limit_s, out)
                else:
                    seconds = _seconds(program, plans[run], seed, out)
                results[run].add(seconds, out, sets, language)
            print(f"{run}, {plans[run]}, seed {seed}: {seconds:.1f} s", file=sys.stderr, flush=True)
    ratings = covered_ratings(sets, results)
    return [
        {
            "corpus": path.name,
            "within, s": limit_s,
            "run": run,
            "epochs": plans[run].epochs,
            "share of the text": plans[run].share,
            "seeds": options.seeds,
            "s": each.mean_s,
            **each.row(ratings),
        }
        for run, each in results.items()
    ]


def fitted(program: Program, cost: Cost, limit_s: float, out: Path) -> tuple[Plan, float]:
    """Train with the first seed and save as `out`; return the plan that fits and its seconds.

    Once it is replanned where more would have fitted, and until it fits where it took too long.
    """
    plan, may_grow = cost.plan(limit_s), True
    while plan.share >= LEAST_SHARE:
        seconds = _seconds(program, plan, 1, out)
        better = cost.corrected(plan, seconds).plan(limit_s)
        if seconds <= limit_s and not (may_grow and better.epochs > 1.1 * plan.epochs):
            return plan, seconds
        plan, may_grow = better, False
    sys.exit(f"{limit_s:g} s are not enough for {LEAST_SHARE:.0%} of the text; give more time")


def _seconds_of_all(program: Program, epochs: int) -> float:
    return _seconds(program, Plan(epochs, 1.0), seed=1)


def _seconds(program: Program, plan: Plan, seed: int, out: Path | None = None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        text = program.text
        if plan.share < 1:
            text = Path(folder) / "text.txt"
            cut(program.text, plan.share, text)
        settings = {**program.settings, "epochs": plan.epochs}
        return replace(program, settings=settings, text=text).train(out or Path(folder) / "out", seed)


def cut(path: Path, share: float, to: Path) -> None:
    """Write a share of the lines of a text, evenly spread over it."""
    with path.open("rb") as lines, to.open("wb") as kept:
        for number, line in enumerate(lines):
            if math.floor((number + 1) * share) > math.floor(number * share):
                kept.write(line)
