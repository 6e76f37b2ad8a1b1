"""How work reports to whoever waits for it: event after event, to a function.

A reporter is that function. It is called in the thread that works, and what it raises ends the work: so
work stops that nobody waits for anymore. The command line has a reporter that draws bars on the terminal
(cli/progress.py), the page one that sends frames to the browser (server/projections.py); `silent`
ignores all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EVERY_S = 20.0  # between two lines of a stage
INTERVAL_S = 0.2  # between two reports: often enough to see points move, and rare enough to cost little


class Event:
    """Something that work reports. What is particular to a kind of work is a subclass of its own."""

    @property
    def line(self) -> str:
        """The event as a line for people, or some of them; empty where there is nothing to print."""
        return ""


Reporter = Callable[[Event], object]


@dataclass(frozen=True)
class Note(Event):
    """A line for people. Settings in it stand in backquotes, under the names they have in Python."""

    text: str

    @property
    def line(self) -> str:
        """The text."""
        return self.text


@dataclass(frozen=True)
class Stage(Event):
    """How far a stage of the work is.

    done, total: in units of `unit`, such as "rows"; total is None where it is unknown. points: a copy of the
    projection so far, (n_rows, dims) float32, None where it has not changed. detail: more for people, short.
    """

    name: str
    done: float
    total: float | None = 1.0
    unit: str = ""
    points: NDArray[np.float32] | None = None
    detail: str = ""

    @property
    def fraction(self) -> float:
        """The share that is done, in [0, 1]; 0 where the total is unknown."""
        return min(max(float(self.done / self.total), 0.0), 1.0) if self.total else 0.0

    @property
    def text(self) -> str:
        """How far it is, for people."""
        unit = f" {self.unit.strip()}" if self.unit else ""
        if not self.total:
            done = f"{self.done:,.0f}{unit}"
        elif unit:
            done = f"{self.fraction:.0%} of {self.total:,.0f}{unit}"
        else:
            done = f"{self.fraction:.0%}"
        return f"{self.name}: {', '.join([done, *([self.detail] if self.detail else [])])}"


@dataclass(frozen=True)
class Ended(Event):
    """A stage has ended, well or not."""

    name: str


def silent(event: Event) -> None:
    """Ignore the event."""


def part_of(report: Reporter | None, stage: str, index: int, n_parts: int) -> Reporter:
    """Return a reporter for one of several equal parts of `stage`: it passes on how far the whole is.

    Whatever the part calls its own stages; other events are not passed on.
    """

    def report_part(event: Event) -> None:
        if report is not None and isinstance(event, Stage):
            report(Stage(stage, (index + event.fraction) / n_parts, points=event.points))

    return report_part


class StageLines:
    """Says how far a stage is, a line every EVERY_S, for readers that keep what was written: logs, files.

    say: gets each line. A stage that takes less time than that is not mentioned.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._name = ""
        self._began = self._said = 0.0
        self._first_fraction = 0.0

    def __call__(self, event: Stage | Ended) -> None:
        """Say it, if it is time to."""
        now = time.monotonic()
        if isinstance(event, Ended):
            if self._said > self._began:
                self._say(f"{event.name}: ended after {duration(now - self._began)}")
            self._name = ""
        elif event.name != self._name:
            self._name, self._first_fraction = event.name, event.fraction
            self._began = self._said = now
        elif now - self._said >= EVERY_S:
            self._said = now
            self._say(f"{event.text}{self._left(event, now - self._began)}")

    def _left(self, stage: Stage, seconds: float) -> str:
        gained = stage.fraction - self._first_fraction
        return f", {duration(seconds * (1.0 - stage.fraction) / gained)} left" if gained > 0 else ""


def duration(seconds: float) -> str:
    """Return a duration for people: 42 s, 3:05 min, 2:10 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    big, small = divmod(whole, 60)
    return f"{big}:{small:02} min" if big < 60 else f"{big // 60}:{big % 60:02} h"


class StageReporter:
    """Reports the stages of a computation, at most every INTERVAL_S; points are copied only then."""

    def __init__(self, report: Reporter | None) -> None:
        self._report = report
        self._last = time.perf_counter()

    def now(self, stage: str, fraction: float, points: NDArray[np.float32] | None = None) -> None:
        """Report at once."""
        if self._report is not None:
            self._report(Stage(stage, fraction, points=None if points is None else points.copy()))
            self._last = time.perf_counter()

    def sometimes(self, stage: str, fraction: float, points: NDArray[np.float32] | None = None) -> None:
        """Report if the last report was long enough ago."""
        if self._report is not None and time.perf_counter() - self._last >= INTERVAL_S:
            self.now(stage, fraction, points)


class Counter:
    """Reports a stage of which parts are counted, from its first one to its end."""

    def __init__(self, report: Reporter, name: str, total: float | None, unit: str) -> None:
        self._report, self._name, self._total, self._unit = report, name, total, unit
        self._done = 0
        self.add(0)

    def add(self, n: int) -> None:
        """Report that `n` more are done."""
        self._done += n
        self._report(Stage(self._name, self._done, self._total, self._unit))

    def end(self) -> None:
        """Report that the stage has ended."""
        self._report(Ended(self._name))
