"""What one thread trains on at once, what threads share meanwhile, and how many of them it takes."""

import functools
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.training.kernels.arguments import Share, SharedArrays
from tovec.training.tables import Columns, aligned_zeros
from tovec.training.windows import Block

PADDING = 16  # numbers of 8 bytes, two cache lines: processors fetch them in pairs
GRADIENT_AS_COLUMNS = 28  # so many columns of a window take as long as its sigmoids
TRY_OTHER = 96  # times between two tries of the number of threads that was slower, which double
MOST_BETWEEN = 32 * TRY_OTHER  # up to this
A_FEW = 4  # times that are compared, so that a single one decides nothing


class Shared:
    """What the threads that train on one block share besides tables and windows; see SharedArrays.

    Numbers that different threads write lie apart: side by side in memory they would travel between cores.
    """

    def __init__(self, columns: Columns, batch: int, room: int) -> None:
        n_groups = len(columns) - 1
        self.batch = batch
        self.arrays = SharedArrays(
            owners=gradient_owners(columns, batch),
            arrivals=np.zeros(2 * PADDING, dtype=np.int64),
            tiles=aligned_zeros((n_groups + 1) * batch * room).reshape(n_groups + 1, batch, room),
            loss=np.zeros((n_groups + 1, PADDING)),
        )

    def clear_loss(self) -> None:
        """Start again at a loss of zero."""
        self.arrays.loss[:] = 0.0

    @property
    def total_loss(self) -> float:
        """The loss of all groups, added in their order."""
        return sum(self.arrays.loss.ravel().tolist())


@dataclass(frozen=True)
class Work:
    """What one thread trains on at once: windows span[0] to span[1], columns of groups[0] to groups[1].

    n_threads of them that have the same `shared` own the groups between them and go in step.
    """

    windows: Block
    span: tuple[int, int]
    rate: float
    shared: Shared
    groups: tuple[int, int]
    n_threads: int = 1

    @property
    def share(self) -> Share:
        """The same as kernels take it."""
        return Share(*self.span, *self.groups, self.n_threads, np.float32(self.rate))


def gradient_owners(columns: Columns, batch: int) -> NDArray[np.int32]:
    """Return the group that turns the scores of each window of a batch into gradients, (batch,) int32.

    Narrow groups get more of that work, since it takes as long as some columns do.
    """
    return np.array(_owners(tuple(np.diff(columns).tolist()), batch), dtype=np.int32)


@functools.cache
def _owners(widths: tuple[int, ...], batch: int) -> tuple[int, ...]:
    level = (sum(widths) + GRADIENT_AS_COLUMNS) / len(widths)
    wanted = np.maximum([level - width for width in widths], 0.0)
    ends = np.round(np.cumsum(wanted) / wanted.sum() * batch).astype(int)
    return tuple(np.searchsorted(ends, np.arange(batch), side="right").tolist())


class ThreadTuner:
    """Chooses how many threads go in step: all, or one where that is faster.

    Threads that wait for each other lose more than they gain on a machine that has other work to do: a
    thousandfold where each waits for a time slice. So what is timed is to be short, and tries become rare.
    A block may take twice as long as another for reasons of its own, so a try is several of them.
    The result is the same for any number, so the faster one can be chosen while training runs.
    """

    def __init__(self, n_threads: int) -> None:
        self._faster, self._slower = n_threads, 1
        self._pace: dict[int, float] = {}  # seconds a block, the mean of the last few
        self._tried: list[float] = []
        self._between, self._left = TRY_OTHER, A_FEW

    @contextmanager
    def timed(self, n_blocks: int) -> Iterator[int]:
        """Give the number of threads to use, and measure how long it takes."""
        is_try = self._left == 0
        chosen = self._slower if is_try else self._faster
        start = time.perf_counter()
        yield chosen
        seconds = (time.perf_counter() - start) / n_blocks
        if is_try:
            self._end_try(seconds)
        else:
            self._left -= 1
            self._keep(seconds)

    def _keep(self, seconds: float) -> None:
        """Note how long the faster number took, and leave it where it has become the slower one."""
        pace = self._pace.get(self._faster, seconds)
        self._pace[self._faster] = pace + (min(seconds, 2 * pace) - pace) / A_FEW
        if self._pace[self._faster] > self._pace.get(self._slower, math.inf):
            self._exchange()

    def _end_try(self, seconds: float) -> None:
        """Note how long the slower number took, and compare after a few times, or at once if it took long."""
        self._tried.append(seconds)
        pace = self._pace[self._faster]
        if len(self._tried) < A_FEW and seconds < 2 * pace:
            return
        self._pace[self._slower] = sum(self._tried) / len(self._tried)
        self._tried = []
        if self._pace[self._slower] < pace:
            self._exchange()
        else:
            self._left = self._between = min(2 * self._between, MOST_BETWEEN)

    def _exchange(self) -> None:
        """Go on with the other number, and try this one soon."""
        self._faster, self._slower = self._slower, self._faster
        self._left = self._between = TRY_OTHER
