"""How long work tells how far it is, shows what it has, and is stopped."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]

# (stage, fraction of that stage in [0, 1], a copy of the points so far or None); what it raises ends the work
Report = Callable[[str, float, Points | None], None]

INTERVAL_S = 0.2  # between two reports: a picture that moves, and little time spent on showing it


class Reporter:
    """Passes reports on, but not more often than every INTERVAL_S, and copies points only then."""

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._last = time.perf_counter()

    def now(self, stage: str, fraction: float, points: Points | None = None) -> None:
        """Report at once."""
        if self._report is not None:
            self._report(stage, fraction, None if points is None else points.copy())
            self._last = time.perf_counter()

    def sometimes(self, stage: str, fraction: float, points: Points | None = None) -> None:
        """Report if the last report was long enough ago."""
        if self._report is not None and time.perf_counter() - self._last >= INTERVAL_S:
            self.now(stage, fraction, points)
