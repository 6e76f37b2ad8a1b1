"""What one thread trains on at once, what threads share meanwhile, and how many of them it takes."""

import functools
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
    The result is the same for any number, so the faster one can be chosen while training runs.
    """

    def __init__(self, n_threads: int) -> None:
        self._seconds: dict[int, float] = {}  # a block, at the last try
        self._choices = (n_threads, 1)
        self._between = self._left = TRY_OTHER

    @contextmanager
    def timed(self, n_blocks: int) -> Iterator[int]:
        """Give the number of threads to use, and measure how long it takes."""
        faster = chosen = min(self._choices, key=lambda n: self._seconds.get(n, 0.0))
        self._left -= 1
        if self._left == 0:
            chosen = self._choices[0] if faster == self._choices[1] else self._choices[1]
        start = time.perf_counter()
        yield chosen
        self._seconds[chosen] = (time.perf_counter() - start) / n_blocks
        if self._left == 0:
            is_faster = self._seconds[chosen] < self._seconds[faster]
            self._between = TRY_OTHER if is_faster else min(2 * self._between, MOST_BETWEEN)
            self._left = self._between
