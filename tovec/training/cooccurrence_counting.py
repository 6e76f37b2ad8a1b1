"""A corpus to rows of co-occurrence counts, and those to runs of entries in a spill.

A row is counted whole, by one thread, in float64, over the windows around its token's occurrences in
the order of the text, and rounded to float32 once. So nothing has to be merged, and counts depend
neither on the number of threads nor on the memory. Ids stay where they are, memory-mapped; what is
kept of them at a time is where the tokens of some rows occur.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from queue import SimpleQueue
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from tovec.storage.disk import WorkFile
from tovec.text.corpus import Corpus
from tovec.threads import thread_pool
from tovec.training.cooccurrence_matrix import ENTRY
from tovec.training.kernels.arguments import CountedRows, Occurrences, RowSums

OnCounted = Callable[[int], None]  # how many ids' windows have been counted since the last call

Task = tuple[int, Callable[[], None]]  # how many ids' windows it counts, and the call that does

_BYTES_OF_OCCURRENCE = 8 + 4 + 4
_BYTES_OF_COUNT = 4 + 4 + 4 + ENTRY.itemsize  # as counted, and once more as an entry
_TASKS_OF_THREAD = 8  # in a round, so that a thread that is held up leaves the rest to the others


class Spill:
    """Counts in the order in which they were counted, in runs each of which is sorted into blocks."""

    def __init__(self, file: WorkFile, grid: int) -> None:
        self.grid = grid
        self.runs: list[NDArray[np.int64]] = []  # of each: where its blocks begin in the file, and its end
        self._file, self._n, self._lock = file, 0, Lock()

    def append(self, buffer: "_Buffer") -> None:
        """Write what is in the buffer, from any thread, and empty it."""
        from tovec.training.kernels import cooccurrence as kernels

        sizes = np.zeros(self.grid**2, dtype=np.int64)
        kernels.block_sizes(buffer.counted, buffer.n, self.grid, sizes)
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        entries = np.empty(bounds[-1], dtype=ENTRY)
        kernels.to_blocks(buffer.counted, buffer.n, self.grid, bounds[:-1].copy(), entries)
        with self._lock:
            self._file.write(entries)
            self.runs.append(bounds + self._n)
            self._n += len(entries)
        buffer.n = 0

    def sizes(self) -> NDArray[np.int64]:
        """Return how many entries each block has, (grid * grid,)."""
        begins: NDArray[np.int64] = np.sum(self.runs, axis=0)
        return begins[1:] - begins[:-1]


class _Buffer:
    """What a thread counts in: the row that it adds up, and the `n` counts of rows that are done."""

    def __init__(self, n_bytes: int, weights: NDArray[np.float64], n_tokens: int) -> None:
        n = max(n_tokens, n_bytes // _BYTES_OF_COUNT)
        self.row_sums = RowSums(np.zeros(n_tokens), np.empty(n_tokens + 1, dtype=np.int32), weights)
        rows, columns = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
        self.counted = CountedRows(rows, columns, np.empty(n, dtype=np.float32))
        self.n = 0


class Counting:
    """The rows of one corpus, counted by threads, each token's by one."""

    def __init__(self, corpus: Corpus, window: int, spill: Spill, memory: int, n_threads: int) -> None:
        self.corpus, self.spill, self.n_threads = corpus, spill, n_threads
        n_tokens = len(corpus.vocabulary)
        longest = int(np.diff(corpus.offsets).max(initial=1))
        self.window = min(window, longest)  # so that the weights are few, whatever the window
        weights = np.zeros(self.window + 1)
        weights[1:] = 1.0 / np.arange(1, self.window + 1)
        self.partners = np.zeros(n_tokens, dtype=np.int64)
        self.capacity = max(1, memory // 2 // _BYTES_OF_OCCURRENCE)
        self.buffers = [_Buffer(memory // 2 // n_threads, weights, n_tokens) for _ in range(n_threads)]
        self._idle: SimpleQueue[_Buffer] = SimpleQueue()
        for buffer in self.buffers:
            self._idle.put(buffer)

    def run(self, on_counted: OnCounted | None) -> NDArray[np.int64]:
        """Count all rows into the spill; return how many tokens each token occurs beside."""
        from tovec.training.kernels import cooccurrence as kernels

        occurrences = np.zeros(len(self.partners), dtype=np.int64)
        kernels.count_ids(self.corpus.ids, occurrences)
        large = occurrences > self.capacity
        with thread_pool(self.n_threads) as pool:
            one_by_one: list[Task] = [
                (int(occurrences[row]), partial(self._count_row, row))
                for row in np.flatnonzero(large).tolist()
            ]
            self._run(pool, one_by_one, on_counted)
            for first, last in self._rounds(occurrences, large):
                self._run(pool, self._tasks(first, last, occurrences[first:last]), on_counted)
            for future in [pool.submit(self.spill.append, buffer) for buffer in self.buffers]:
                future.result()
        return self.partners

    def _run(self, pool: ThreadPoolExecutor, tasks: list[Task], on_counted: OnCounted | None) -> None:
        futures = {pool.submit(count): n for n, count in tasks}
        for future in as_completed(futures):
            future.result()
            if on_counted is not None:
                on_counted(futures[future])

    def _rounds(self, occurrences: NDArray[np.int64], large: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Yield (first, last + 1) of rows none of which is large and whose occurrences fit in the memory."""
        ends = np.cumsum(occurrences)
        stops = np.append(np.flatnonzero(large), len(occurrences))
        first = 0
        while first < len(occurrences):
            if large[first]:
                first += 1
                continue
            fit = np.searchsorted(ends, ends[first] - occurrences[first] + self.capacity, side="right")
            last = int(min(fit, stops[np.searchsorted(stops, first)]))
            yield first, last
            first = last

    def _tasks(self, first: int, last: int, occurrences: NDArray[np.int64]) -> list[Task]:
        """List where the tokens first … last - 1 occur; return tasks that count their rows."""
        from tovec.training.kernels import cooccurrence as kernels

        bounds = np.concatenate([[0], np.cumsum(occurrences)])
        n = int(bounds[-1])
        places, lefts, rights = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)
        listed = Occurrences(first, bounds, places, lefts, rights)
        ends = bounds[:-1].copy()
        kernels.find_occurrences(self.corpus.ids, self.corpus.offsets, last, self.window, ends, listed)
        n_tasks = _TASKS_OF_THREAD * self.n_threads
        cuts = np.searchsorted(bounds, np.arange(n_tasks) * n // n_tasks)
        cuts = np.unique([0, *cuts, last - first])
        return [
            (
                int(bounds[stop] - bounds[start]),
                partial(self._count_rows, listed, first + start, first + stop),
            )
            for start, stop in pairwise(cuts.tolist())
        ]

    @contextmanager
    def _buffer(self) -> Iterator[_Buffer]:
        """Yield a buffer that no other thread has."""
        buffer = self._idle.get()
        try:
            yield buffer
        finally:
            self._idle.put(buffer)

    def _count_rows(self, listed: Occurrences, row: int, stop: int) -> None:
        from tovec.training.kernels import cooccurrence as kernels

        with self._buffer() as buffer:
            while row < stop:
                row, buffer.n = kernels.count_rows(
                    *(self.corpus.ids, row, stop, listed),
                    *(buffer.row_sums, self.partners, buffer.counted, buffer.n),
                )
                if row < stop:
                    self.spill.append(buffer)

    def _count_row(self, row: int) -> None:
        """Count a row whose occurrences are too many to be listed."""
        from tovec.training.kernels import cooccurrence as kernels

        corpus = self.corpus
        with self._buffer() as buffer:
            if buffer.n + len(self.partners) - row > len(buffer.counted.rows):
                self.spill.append(buffer)
            buffer.n = kernels.count_row(
                *(corpus.ids, corpus.offsets, row, self.window),
                *(buffer.row_sums, self.partners, buffer.counted, buffer.n),
            )
