"""Calls in a few daemon threads, each with a Future for its result.

A call whose Future was cancelled is not made. concurrent.futures would wait for running calls at exit.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Workers:
    """`n_threads` threads that make calls in the order in which they were submitted, until closed."""

    def __init__(self, n_threads: int, name: str) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for _ in range(n_threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[[], Answer]) -> Future[Answer]:
        """Return a future for the result of `call`, or for its error."""
        future: Future[Answer] = Future()
        self._calls.put((future, call))
        return future

    def close(self) -> None:
        """Start no more calls."""
        self._closed = True
        for _ in self._threads:
            self._calls.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` for all running calls together; return whether they have ended."""
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (each := self._calls.get()) is not None and not self._closed:
            answer(*each)


def answer(future: "Future[Answer]", call: Callable[[], Answer]) -> None:
    """Make the call, unless `future` was cancelled, and set its result or error."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)
