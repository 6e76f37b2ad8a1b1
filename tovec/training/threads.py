"""Threads that run compiled loops."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def thread_pool(n_threads: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool. An error, Ctrl-C too, waits for the calls that run and drops those that wait."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="tovec-train")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
