"""How many threads go in step, found out while they run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

TRY_OTHER = 12  # times between two tries of the number of threads that was slower


class Pace:
    """How many threads go in step: all, or one where that is faster.

    Threads that wait for each other lose more than they gain on a machine that has other work to do.
    The result is the same for any number, so the faster one can be chosen while we run.
    """

    def __init__(self, n_threads: int) -> None:
        self._seconds: dict[int, float] = {}  # a block, at the last try
        self._choices = (n_threads, 1)
        self._tries = 0

    @contextmanager
    def timed(self, n_blocks: int) -> Iterator[int]:
        """Give the number of threads to use, and measure how long it takes."""
        chosen = min(self._choices, key=lambda n: self._seconds.get(n, 0.0))
        self._tries += 1
        if self._tries % TRY_OTHER == 0:
            chosen = self._choices[0] if chosen == self._choices[1] else self._choices[1]
        start = time.perf_counter()
        yield chosen
        self._seconds[chosen] = (time.perf_counter() - start) / n_blocks
