"""Calls of compiled functions in threads, each on rows of its own.

So how many threads there are changes nothing but the time.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType
from typing import Any

N_THREADS = os.cpu_count() or 1

Task = tuple[Any, ...]  # a function and its arguments


def shares(n: int) -> list[tuple[int, int]]:
    """Cut range(n) into (start, stop), one for each thread, of about equal length."""
    return list(pairwise(n * part // N_THREADS for part in range(N_THREADS + 1)))


class Threads:
    """One thread for each processor, as long as the `with` lasts."""

    def __enter__(self) -> "Threads":
        self._pool = ThreadPoolExecutor(N_THREADS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def run(self, tasks: Iterable[Task]) -> None:
        """Make the calls and wait for all. What one raises is raised here."""
        list(self._pool.map(_call, tasks))


def _call(task: Task) -> None:
    function: Callable[..., None] = task[0]
    function(*task[1:])
