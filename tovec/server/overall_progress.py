"""How far a computation of several stages is in all, and how long the rest will take."""

import time
from collections.abc import Callable, Mapping

TRUSTED_S = 2.0  # of the expected seconds count as measured, so that the first estimate is not all noise


class OverallProgress:
    """Follows stages in their order; a stage that is not among them counts as the first.

    expected_s: how long each stage is expected to take. Only the shares matter in the end, since the real
    time of what is done corrects the rest. clock: seconds, for tests.
    """

    def __init__(self, expected_s: Mapping[str, float], clock: Callable[[], float] = time.monotonic) -> None:
        self._starts: dict[str, float] = {}
        self._expected = dict(expected_s)
        self._total = 0.0
        for stage, seconds in expected_s.items():
            self._starts[stage] = self._total
            self._total += seconds
        self._clock, self._began = clock, clock()
        self._done = 0.0

    def at(self, stage: str, fraction: float) -> tuple[float, float]:
        """Return the share of all that is done, in [0, 1], which never falls, and the seconds left."""
        if stage not in self._expected:
            stage, fraction = next(iter(self._expected)), 0.0
        done = self._starts[stage] + fraction * self._expected[stage]
        self._done = min(self._total, max(self._done, done))
        pace = (self._clock() - self._began + TRUSTED_S) / (self._done + TRUSTED_S)
        return self._done / self._total, (self._total - self._done) * pace
