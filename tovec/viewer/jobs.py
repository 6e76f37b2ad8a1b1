"""Work in a thread that is watched as it goes, and stopped when nobody watches.

A watcher that is slow misses steps, but no stage: it gets the newest step of each.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tovec.errors import TovecError

Payload = NDArray[Any]


class Stopped(Exception):
    """Raised inside work that nobody waits for any more."""


@dataclass(frozen=True)
class Step:
    """How far the work is: a header for the page, with a `stage`, and numbers, None where unchanged."""

    header: Mapping[str, Any]
    payload: Payload | None = None


Tell = Callable[[Step], None]


@dataclass(frozen=True)
class _Told:
    number: int
    header: Mapping[str, Any]
    payload: Payload | None
    payload_number: int  # of the step that brought it


class Job:
    """One computation; `work` tells its steps and returns the last one.

    It starts with the first watcher. A TovecError becomes a last step with an `error`, one line.
    """

    def __init__(self, work: Callable[[Tell], Step]) -> None:
        self._work = work
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
            if self._thread.ident is None:
                self._thread.start()
        notify()
        return watcher

    def stop(self) -> None:
        """Let the work end at its next step, and those who follow it go."""
        with self._lock:
            self.stopped = not self.finished
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; return whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with suppress(Stopped):
            self._tell(self._last_step(), is_last=True)

    def _last_step(self) -> Step:
        try:
            return self._work(self._tell)
        except Stopped:
            raise
        except TovecError as error:
            line = str(error)
        except Exception as error:
            logging.getLogger("tovec").exception("a computation for the page failed")
            line = f"{type(error).__name__}: {error}".splitlines()[0]
        self.failed = True
        return Step({"stage": "error", "fraction": 0.0, "error": line})

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
            else:
                self.stopped = True


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
