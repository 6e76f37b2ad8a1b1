"""Work in a thread that is watched as it goes, and stopped when nobody watches.

At most so many run at once; the others wait in the order in which they came, and tell how many are before
them. A watcher that is slow misses steps, but no stage: it gets the newest step of each.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tovec.errors import TovecError
from tovec.escapes import one_line
from tovec.server.failures import log_failure

# Each uses all cores itself, and OpenBLAS is built for a certain number of callers.
MOST_RUNNING = min(os.cpu_count() or 1, 8)

Payload = NDArray[Any]


class Stopped(Exception):
    """Raised inside work that nobody waits for any more."""


@dataclass(frozen=True)
class Step:
    """How far the work is: a header for the page, with a `stage`, and numbers, None where unchanged."""

    header: Mapping[str, Any]
    payload: Payload | None = None


Tell = Callable[[Step], None]
Check = Callable[[], None]  # raises where the work is to end
Work = Callable[[Tell, Check], Step]


@dataclass(frozen=True)
class _Told:
    number: int
    header: Mapping[str, Any]
    payload: Payload | None
    payload_number: int  # of the step that brought it


class Job:
    """One computation; `work` tells its steps and returns the last one.

    It enters `queue` with the first watcher; `waiting` gives the step that says how many are before it.
    Work ends when what it tells, or a check between, finds it stopped. A TovecError becomes a last step with
    an `error`, one line.
    """

    def __init__(self, work: Work, queue: "JobQueue", waiting: Callable[[int], Step]) -> None:
        self._work = work
        self._queue = queue
        self._waiting = waiting
        self._is_queued = False
        self._lock = threading.Lock()
        self._stages: dict[str, _Told] = {}  # the newest step of each stage
        self._newest = _Told(0, {}, None, 0)
        self._watchers: set[Watcher] = set()
        self._thread = threading.Thread(target=self._run, name="tovec projection", daemon=True)
        self.finished = False
        self.failed = False
        self.stopped = False

    def watch(self, notify: Callable[[], None]) -> "Watcher":
        """Return a new watcher; `notify` is called, in any thread, whenever there is something new.

        Raises Stopped when all others have left before the end: it takes a new job then.
        """
        with self._lock:
            if self.stopped:
                raise Stopped
            watcher = Watcher(self, notify, seen=self._newest.number - 1 if self.finished else 0)
            self._watchers.add(watcher)
            is_first, self._is_queued = not self._is_queued, True
        if is_first:
            self._queue.add(self)
        notify()
        return watcher

    def stop(self) -> None:
        """Let the work end at its next step, and those who follow it go."""
        with self._lock:
            self.stopped = not self.finished
            watchers = list(self._watchers)
        self._queue.withdraw(self)
        for watcher in watchers:
            watcher.notify()

    def wait(self, n_before: int) -> None:
        """Tell that the job waits for `n_before` others."""
        with suppress(Stopped):
            self._tell(self._waiting(n_before))

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; return whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with suppress(Stopped):
                self._tell(self._last_step(), is_last=True)
        finally:
            self._queue.end(self)

    def _last_step(self) -> Step:
        try:
            self._check()
            return self._work(self._tell, self._check)
        except Stopped:
            raise
        except TovecError as error:
            line = one_line(str(error))
        except Exception as error:
            log_failure("a computation for the page", error)
            line = one_line(f"{type(error).__name__}: {error}".splitlines()[0])
        self.failed = True
        return Step({"stage": "error", "fraction": 0.0, "error": line})

    def _check(self) -> None:
        if self.stopped:
            raise Stopped

    def _tell(self, step: Step, is_last: bool = False) -> None:
        with self._lock:
            if self.stopped:
                raise Stopped
            before = self._newest
            number = before.number + 1
            unchanged = step.payload is None or step.payload is before.payload
            self._newest = _Told(
                number,
                step.header,
                before.payload if unchanged else step.payload,
                before.payload_number if unchanged else number,
            )
            self._stages[step.header["stage"]] = self._newest
            self.finished = is_last
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.notify()

    def _next(self, watcher: "Watcher") -> _Told | None:
        with self._lock:
            unseen = [told for told in self._stages.values() if told.number > watcher.seen]
        return min(unseen, key=lambda told: told.number, default=None)

    def _leave(self, watcher: "Watcher") -> None:
        with self._lock:
            self._watchers.discard(watcher)
            if self._watchers:
                return
            if self.finished:
                self._stages = {"": self._newest}  # whoever comes later wants the result alone
                return
            self.stopped = True
        self._queue.withdraw(self)


class JobQueue:
    """Runs at most `n_running` jobs at once, the others one after the other."""

    def __init__(self, n_running: int = MOST_RUNNING) -> None:
        self._n_running = n_running
        self._lock = threading.Lock()
        self._running: list[Job] = []
        self._waiting: list[Job] = []

    def add(self, job: Job) -> None:
        """Start `job`, now or when all before it have ended."""
        with self._lock:
            self._waiting.append(job)
            self._advance(len(self._waiting) - 1)

    def withdraw(self, job: Job) -> None:
        """Take a job that was stopped out of those that wait; one that runs is left to end."""
        with self._lock, suppress(ValueError):
            place = self._waiting.index(job)
            del self._waiting[place]
            self._advance(place)

    def end(self, job: Job) -> None:
        """Start the next one in the place of a job that has ended."""
        with self._lock:
            self._running.remove(job)
            self._advance(0)

    def join(self, timeout_s: float) -> bool:
        """Wait for the jobs that run, for no longer than this in all; return whether they have ended."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            running = list(self._running)
        return all([job.join(max(0.0, deadline - time.monotonic())) for job in running])

    def _advance(self, changed_from: int) -> None:
        """Start what there is room for, and tell the others, from a place on, how many are before them."""
        while self._waiting and len(self._running) < self._n_running:
            job = self._waiting.pop(0)
            self._running.append(job)
            job.start()
            changed_from = 0
        for place, job in enumerate(self._waiting[changed_from:], start=changed_from):
            job.wait(len(self._running) + place)


class Watcher:
    """One who follows a job."""

    def __init__(self, job: Job, notify: Callable[[], None], seen: int) -> None:
        self.notify = notify
        self.seen = seen
        self._job = job
        self._payload_seen = 0
        self._last: _Told | None = None

    def next(self) -> Step | None:
        """Return what is new, the oldest first; None where there is nothing. Numbers come once."""
        told = self._job._next(self)
        if told is None:
            return None
        self.seen, self._last = told.number, told
        is_new = told.payload_number > self._payload_seen
        self._payload_seen = told.payload_number
        return Step(told.header, told.payload if is_new else None)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come: the last step was given, or the work was stopped."""
        return self._job.stopped or (self._job.finished and self._last is self._job._newest)

    def leave(self) -> None:
        """Follow it no longer; the last one to leave stops the work."""
        self._job._leave(self)
