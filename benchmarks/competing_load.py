"""Busy processes that compete with a run for the cores, and what is left to it when all are served alike."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def busy_processes(n: int) -> Iterator[None]:
    """Keep `n` processes of one thread each busy meanwhile."""
    with ExitStack() as until_end:
        for _ in range(n):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            until_end.callback(process.wait)
            until_end.callback(process.kill)
        yield


def fair_slowdown(n_threads: int, n_busy: int, n_cores: int) -> float:
    """Return how many times as long a run takes when all threads get equal shares of the cores.

    Alone it has min(n_threads, n_cores) of them; beside `n_busy` others, where all are more than there are
    cores, n_cores * n_threads / (n_threads + n_busy). What a run does on one thread slows down less.
    """
    share = min(1.0, n_cores / (n_threads + n_busy))
    return min(n_threads, n_cores) / (n_threads * share)
