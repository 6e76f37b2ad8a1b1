"""Calls of compiled functions in threads, each on rows of its own.

So the number of threads changes only the time. Computations that run at the same time share the cores.
"""

import functools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

N_THREADS = os.cpu_count() or 1
MAX_SHARES = 4 * N_THREADS  # so the other threads can take over from one that is held up
MIN_SHARE_ROWS = 500  # for fewer rows the call itself costs as much

Task = tuple[Any, ...]  # a function and its arguments

_sharing = 0
_sharing_lock = threading.Lock()


@contextmanager
def share_of_cores() -> Iterator[int]:
    """Yield how many threads to start: all cores divided by the computations running now, at least 1."""
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


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let the matrix products of numpy take one thread, beside others that are busy.

    The threads of OpenBLAS wait for each other, and for a time slice where the cores have other work: the
    components of 20,000 × 100 took 1.5 s beside two busy processes, and take 0.07 s on one thread. The limit
    is one of the whole process, so what it is for should be short.
    """
    with _blas().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _blas() -> "ThreadpoolController":
    import numpy as np  # noqa: F401 - its library is found only where it is loaded
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def shares(n: int) -> list[tuple[int, int]]:
    """Cut range(n) into at most MAX_SHARES (start, stop) of about equal length."""
    n_shares = max(1, min(MAX_SHARES, n // MIN_SHARE_ROWS))
    return list(pairwise(n * share // n_shares for share in range(n_shares + 1)))


class Threads:
    """One thread for each core of this computation's share, until the `with` block ends."""

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
        """Make the calls; yield after the first is done, the second, and so on. Their errors are raised."""
        yield from self._pool.map(_call, tasks)

    def run(self, tasks: Iterable[Task]) -> None:
        """Make the calls and wait for all of them. Their errors are raised here."""
        for _ in self.each(tasks):
            pass


def _call(task: Task) -> None:
    function: Callable[..., None] = task[0]
    function(*task[1:])
