"""A thread's own copies of the most frequent rows, which would travel between cores if all shared them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.text.vocabulary import Counts, Ids

N_HOT = 256  # rows of each table, for two threads; fewer for more, so that an exchange stays as short
STRIPES = 8
LEAST_TOKENS = 2_000  # of fewer no row is hot: all move far between two exchanges, and moves are added up


def hot_tokens(counts: Counts, n_threads: int) -> Ids:
    """Return the ids of the tokens whose rows every thread copies.

    None for one thread, and none of a small vocabulary, whose rows threads are better off sharing.
    """
    n_hot = 0 if n_threads == 1 or len(counts) < LEAST_TOKENS else max(64, 2 * N_HOT // n_threads)
    return np.argsort(-counts, kind="stable")[:n_hot].astype(np.int32)


class Copies:
    """One thread's copies.

    tables: (n_rows + threads * n_hot, width) float32 each; the copies of thread t begin at row n_rows +
    t * n_hot. rows: (n_rows,) int32, the row that this thread uses in the place of each.
    """

    def __init__(
        self,
        tables: Sequence[NDArray[np.float32]],
        n_rows: int,
        hot: Ids,
        thread: int,
        locks: NDArray[np.int64],
    ) -> None:
        self._tables, self._hot, self._own, self._locks = tables, hot, n_rows + thread * len(hot), locks
        self.rows = np.arange(n_rows, dtype=np.int32)
        self.rows[hot] = self._own + np.arange(len(hot), dtype=np.int32)
        for table in tables:
            table[self._own : self._own + len(hot)] = table[hot]
        self._before = [table[hot] for table in tables]

    def exchange(self, all_of_it: bool = False) -> None:
        """Give what was learned to the others and take theirs; some wait for the next time, unless told."""
        from tovec.training.kernels.replicas import exchange

        for number, (table, before) in enumerate(zip(self._tables, self._before, strict=True)):
            exchange(table, self._hot, self._own, before, self._locks[number], all_of_it)
