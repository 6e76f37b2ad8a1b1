"""A thread's own replicas of the most frequent rows, which would travel between cores if all shared them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.text.vocabulary import Counts, Ids

N_FREQUENT = 256  # rows of each table, for two threads; fewer for more, so that an exchange takes no longer
STRIPES = 8
MIN_TOKENS = 2_000  # of fewer none has replicas: all move far between two exchanges, and moves are added up


def frequent_tokens(counts: Counts, n_threads: int) -> Ids:
    """Return the ids of the tokens whose rows every thread has a replica of.

    None for one thread, and none of a small vocabulary, whose rows threads are better off sharing.
    """
    n_frequent = 0 if n_threads == 1 or len(counts) < MIN_TOKENS else max(64, 2 * N_FREQUENT // n_threads)
    return np.argsort(-counts, kind="stable")[:n_frequent].astype(np.int32)


class RowReplicas:
    """One thread's replicas.

    tables: (n_rows + threads * n_frequent, width) float32 each; the replicas of thread t begin at row
    n_rows + t * n_frequent. rows: (n_rows,) int32, the row that this thread uses in the place of each.
    """

    def __init__(
        self,
        tables: Sequence[NDArray[np.float32]],
        n_rows: int,
        frequent: Ids,
        thread: int,
        locks: NDArray[np.int64],
    ) -> None:
        self._tables, self._frequent, self._locks = tables, frequent, locks
        self._first = n_rows + thread * len(frequent)
        own = slice(self._first, self._first + len(frequent))
        self.rows = np.arange(n_rows, dtype=np.int32)
        self.rows[frequent] = np.arange(own.start, own.stop, dtype=np.int32)
        for table in tables:
            table[own] = table[frequent]
        self._before = [table[frequent] for table in tables]

    def exchange(self, wait: bool = False) -> None:
        """Give the others what was learned here and take what they have learned.

        Rows that another thread is exchanging are left for the next time, or waited for with `wait`.
        """
        from tovec.training.kernels.replicas import exchange

        for number, (table, before) in enumerate(zip(self._tables, self._before, strict=True)):
            exchange(table, self._frequent, self._first, before, self._locks[number], wait)
