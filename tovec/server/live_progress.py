"""How far a run has come: what the headers of its stream say."""

import time
from collections import deque
from typing import Any

MAX_LOSSES = 1000  # points of the curve
MEASURED_REPORTS = 50  # that the speed is measured over: some ten seconds

Point = tuple[float, float]  # progress and loss


class RunProgress:
    """Progress is counted in ids. n_ids: of an epoch. progress: where the run begins."""

    def __init__(self, *, n_ids: int, epochs: int, progress: float) -> None:
        self._n_ids, self._epochs, self._progress = n_ids, epochs, progress
        self._reports = deque([(time.monotonic(), progress)], MEASURED_REPORTS)
        self._loss: float | None = None
        self._validation_loss: float | None = None
        self.losses = LossCurve()

    def advance(self, progress: float, loss: float | None) -> None:
        """Training has come so far; loss: the mean since the last call, None where there is none."""
        if progress == self._reports[0][1]:  # before the first step, which waits for the compiler
            self._reports.clear()
        self._progress = progress
        self._reports.append((time.monotonic(), progress))
        if loss is not None:
            self._loss = loss
            self.losses.add(progress, loss)

    def validated(self, loss: float | None) -> None:
        """The loss on held-out text has been measured."""
        self._validation_loss = loss

    def header(self) -> dict[str, Any]:
        """Return what is known of now."""
        total, speed = self._n_ids * self._epochs, self._words_per_s
        return {
            "progress": round(self._progress),
            "total": total,
            "epoch": self._progress / self._n_ids,
            "epochs": self._epochs,
            "loss": self._loss,
            "validationLoss": self._validation_loss,
            "wordsPerS": speed,
            "leftS": (total - self._progress) / speed if speed else None,
        }

    @property
    def _words_per_s(self) -> float:
        (began, first), (now, last) = self._reports[0], self._reports[-1]
        return (last - first) / (now - began) if last > first and now > began else 0.0


class LossCurve:
    """The loss over the progress, in up to MAX_LOSSES points.

    Where they are more, two become one, and from then on as many reports as that go into a new one.
    """

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._waiting: list[float] = []
        self._n_in_point = 1

    def add(self, progress: float, loss: float) -> None:
        """Add a report."""
        self._waiting.append(loss)
        if len(self._waiting) < self._n_in_point:
            return
        self._points.append((progress, sum(self._waiting) / len(self._waiting)))
        self._waiting = []
        if len(self._points) == MAX_LOSSES:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points = [(at, (before + loss) / 2) for (_, before), (at, loss) in pairs]
            self._n_in_point *= 2

    def after(self, progress: float) -> list[Point]:
        """Return the points beyond this progress."""
        first = next((n for n, (at, _) in enumerate(reversed(self._points)) if at <= progress), None)
        return self._points[0 if first is None else len(self._points) - first :]
