"""Jobs: computations in threads whose steps go to subscribers, and which stop when the last one leaves.

A limited number of jobs runs at once; the others wait in the order in which they were added, and emit how
many are ahead of them. A slow subscriber misses steps, but no stage: it gets the newest step of each.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tovec.progress import Reporter, Stage
from tovec.server.failures import failure_line

# Each uses all cores itself, and OpenBLAS is built for a limited number of callers.
MAX_RUNNING = min(os.cpu_count() or 1, 8)
_WAIT_S = 0.1  # between two checks for whether to stop waiting

Payload = NDArray[Any]


class Stopped(Exception):
    """Raised inside work that nobody waits for anymore."""


@dataclass(frozen=True)
class Step:
    """How far the work is: a header for the page, with a `stage`, and an array, None where unchanged."""

    header: Mapping[str, Any]
    payload: Payload | None = None


Emit = Callable[[Step], None]
Check = Callable[[], None]  # raises Stopped when the work should end
Work = Callable[[Emit, Check], Step]


@dataclass(frozen=True)
class _Emitted:
    """A step with its place in the order of steps."""

    number: int
    header: Mapping[str, Any]
    payload: Payload | None
    payload_number: int  # of the step that the payload came with


class Job:
    """One computation; `work` emits its steps and returns the last one.

    The job enters `queue` with its first subscriber; `waiting` makes the step that says how many jobs are
    ahead of it. Once the job is stopped, the next emit or check of the work raises Stopped. A TovecError
    becomes a last step with an `error`, one line.
    """

    def __init__(self, work: Work, queue: "JobQueue", waiting: Callable[[int], Step]) -> None:
        self._work = work
        self._queue = queue
        self._waiting = waiting
        self._is_queued = False
        self._lock = threading.Lock()
        self._stages: dict[str, _Emitted] = {}  # the newest step of each stage
        self._newest = _Emitted(0, {}, None, 0)
        self._subscribers: set[Subscriber] = set()
        self._thread = threading.Thread(target=self._run, name="tovec projection", daemon=True)
        self.finished = False
        self.failed = False
        self.stopped = False

    @property
    def n_bytes(self) -> int:
        """How much memory the last payload takes."""
        payload = self._newest.payload
        return 0 if payload is None else payload.nbytes

    def subscribe(self, notify: Callable[[], None]) -> "Subscriber":
        """Return a new subscriber; `notify` is called, in any thread, whenever there is a new step.

        Raises Stopped when all others have left before the end: then it takes a new job.
        """
        with self._lock:
            if self.stopped:
                raise Stopped
            subscriber = Subscriber(self, notify, seen=self._newest.number - 1 if self.finished else 0)
            self._subscribers.add(subscriber)
            is_first, self._is_queued = not self._is_queued, True
        if is_first:
            self._queue.add(self)
        notify()
        return subscriber

    def stop(self) -> None:
        """End the work at its next emit or check, and release its subscribers."""
        with self._lock:
            self.stopped = not self.finished
            subscribers = list(self._subscribers)
        self._queue.withdraw(self)
        for subscriber in subscribers:
            subscriber.notify()

    def wait(self, n_before: int) -> None:
        """Emit that `n_before` jobs are ahead of this one."""
        with suppress(Stopped):
            self._emit(self._waiting(n_before))

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
                self._emit(self._last_step(), is_last=True)
        finally:
            self._queue.end(self)

    def _last_step(self) -> Step:
        try:
            self._check()
            return self._work(self._emit, self._check)
        except Stopped:
            raise
        except Exception as error:
            self.failed = True
            line = failure_line("a computation for the page", error)
            return Step({"stage": "error", "fraction": 0.0, "error": line})

    def _check(self) -> None:
        if self.stopped:
            raise Stopped

    def _emit(self, step: Step, is_last: bool = False) -> None:
        with self._lock:
            if self.stopped:
                raise Stopped
            before = self._newest
            number = before.number + 1
            unchanged = step.payload is None or step.payload is before.payload
            self._newest = _Emitted(
                number,
                step.header,
                before.payload if unchanged else step.payload,
                before.payload_number if unchanged else number,
            )
            self._stages[step.header["stage"]] = self._newest
            self.finished = is_last
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber.notify()

    def _next(self, subscriber: "Subscriber") -> _Emitted | None:
        with self._lock:
            unseen = [step for step in self._stages.values() if step.number > subscriber.seen]
        return min(unseen, key=lambda step: step.number, default=None)

    def _leave(self, subscriber: "Subscriber") -> None:
        with self._lock:
            self._subscribers.discard(subscriber)
            if self._subscribers:
                return
            if self.finished:
                self._stages = {"": self._newest}  # later subscribers need only the result
                return
            self.stopped = True
        self._queue.withdraw(self)


class JobQueue:
    """Runs at most `max_running` jobs at once, and the others in the order in which they were added."""

    def __init__(self, max_running: int = MAX_RUNNING) -> None:
        self._max_running = max_running
        self._lock = threading.Lock()
        self._running: list[Job] = []
        self._waiting: list[Job] = []

    def add(self, job: Job) -> None:
        """Start `job` now, or when its turn comes."""
        with self._lock:
            self._waiting.append(job)
            self._advance(len(self._waiting) - 1)

    def withdraw(self, job: Job) -> None:
        """Remove a stopped job from those that wait; one that runs is left to end."""
        with self._lock, suppress(ValueError):
            place = self._waiting.index(job)
            del self._waiting[place]
            self._advance(place)

    def end(self, job: Job) -> None:
        """Take note that `job` has ended, and start the next one."""
        with self._lock:
            self._running.remove(job)
            self._advance(0)

    def join(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` for all running jobs together; return whether they have ended."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            running = list(self._running)
        return all([job.join(max(0.0, deadline - time.monotonic())) for job in running])

    def _advance(self, changed_from: int) -> None:
        """Start as many jobs as may run; those after place `changed_from` emit how many are ahead of them."""
        while self._waiting and len(self._running) < self._max_running:
            job = self._waiting.pop(0)
            self._running.append(job)
            job.start()
            changed_from = 0
        for place, job in enumerate(self._waiting[changed_from:], start=changed_from):
            job.wait(len(self._running) + place)


class Subscriber:
    """Receives the steps of a job."""

    def __init__(self, job: Job, notify: Callable[[], None], seen: int) -> None:
        self.notify = notify
        self.seen = seen
        self._job = job
        self._payload_seen = 0
        self._last: _Emitted | None = None

    def next(self) -> Step | None:
        """Return the oldest new step, None where there is none. Each payload comes once."""
        step = self._job._next(self)
        if step is None:
            return None
        self.seen, self._last = step.number, step
        is_new = step.payload_number > self._payload_seen
        self._payload_seen = step.payload_number
        return Step(step.header, step.payload if is_new else None)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come: the last step was returned, or the work was stopped."""
        return self._job.stopped or (self._job.finished and self._last is self._job._newest)

    def leave(self) -> None:
        """Unsubscribe; when the last subscriber leaves, the work stops."""
        self._job._leave(self)


@contextmanager
def in_turn(lock: threading.Lock, stage: str, report: Reporter) -> Iterator[None]:
    """Hold `lock` in a `with` block. While it waits for it, what `report` raises ends the wait."""
    while not lock.acquire(timeout=_WAIT_S):
        report(Stage(stage, 0.0))
    try:
        yield
    finally:
        lock.release()
