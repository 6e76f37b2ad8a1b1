"""Calls of compiled functions in threads, each on rows of its own.

So how many threads there are changes nothing but the time. Computations that run at once share the cores.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from types import TracebackType
from typing import Any

N_THREADS = os.cpu_count() or 1
MOST_SHARES = 4 * N_THREADS  # a thread that is held up leaves the rest to the others
LEAST_SHARE = 500  # rows: for fewer the call costs as much

Task = tuple[Any, ...]  # a function and its arguments

_sharing = 0
_sharing_lock = threading.Lock()


@contextmanager
def share_of_cores() -> Iterator[int]:
    """Give how many threads to start: all cores, divided by the computations that run now, but at least 1."""
    global _sharing
    with _sharing_lock:
        _sharing += 1
        n_threads = max(1, N_THREADS // _sharing)
    try:
        yield n_threads
    finally:
        with _sharing_lock:
            _sharing -= 1


@contextmanager
def thread_pool(n_threads: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool. An error, Ctrl+C too, waits for the calls that run and drops those that wait."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="tovec")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def shares(n: int) -> list[tuple[int, int]]:
    """Cut range(n) into at most MOST_SHARES (start, stop) of about equal length."""
    n_shares = max(1, min(MOST_SHARES, n // LEAST_SHARE))
    return list(pairwise(n * share // n_shares for share in range(n_shares + 1)))


class Threads:
    """A thread for each core of this computation's share, as long as the `with` lasts."""

    def __enter__(self) -> "Threads":
        with ExitStack() as until_end:
            n_threads = until_end.enter_context(share_of_cores())
            self._pool = until_end.enter_context(thread_pool(n_threads))
            self._until_end = until_end.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._until_end.close()

    def each(self, tasks: Iterable[Task]) -> Iterator[None]:
        """Make the calls; yield when the first is done, the second, and so on. What one raises is raised."""
        yield from self._pool.map(_call, tasks)

    def run(self, tasks: Iterable[Task]) -> None:
        """Make the calls and wait for all. What one raises is raised here."""
        for _ in self.each(tasks):
            pass


def _call(task: Task) -> None:
    function: Callable[..., None] = task[0]
    function(*task[1:])
