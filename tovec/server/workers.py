"""Calls in a few threads that do not keep the process, each answered by a Future.

A call that nobody waits for any more, whose Future was cancelled, is not begun.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Workers:
    """`n_threads` threads that take calls in the order in which they come, until they are closed."""

    def __init__(self, n_threads: int, name: str) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for _ in range(n_threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[[], Answer]) -> Future[Answer]:
        """Return what will hold the answer of `call`, or what it raised."""
        future: Future[Answer] = Future()
        self._calls.put((future, call))
        return future

    def close(self) -> None:
        """Begin no more calls."""
        self._closed = True
        for _ in self._threads:
            self._calls.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait for the calls that run, for no longer than this in all; return whether they have ended."""
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while (each := self._calls.get()) is not None and not self._closed:
            answer(*each)


def answer(future: "Future[Answer]", call: Callable[[], Answer]) -> None:
    """Make the call and give `future` its result, or what it raised; not where it was cancelled."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)
