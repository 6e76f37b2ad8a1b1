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
