"""Seconds of a run by phase, measured around functions from outside: the package has no code for it.

Imported by the profiled process itself, so it loads nothing that the process does not need anyway.
"""

import builtins
import functools
import importlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A function whose time belongs to a phase: its module, its name there (`Class.method` too)."""

    module: str
    name: str
    phase: str


class Span(NamedTuple):
    """One call of a function of a phase, without the calls of other phases inside it.

    on_main: whether it was on the main thread; cpu_s then counts all threads of the process.
    """

    phase: str
    on_main: bool
    wall_s: float
    cpu_s: float


class PhaseClock:
    """Records spans on every thread; each second belongs to the innermost phase.

    On the main thread spans follow each other, so their wall-clock seconds add up to the time of the run, and
    their CPU seconds are those of the whole process. While the main thread is in the phase `parallel` it only
    waits for other threads, whose spans count too: with n threads that work, n of their seconds are one of
    the run. Spans of other threads outside that phase are left out: they are part of the main thread's.
    """

    def __init__(self, parallel: str) -> None:
        self.spans: list[Span] = []
        self._parallel, self._is_parallel = parallel, False
        self._inside = threading.local()
        self._main = threading.main_thread()

    def timed(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` with its time recorded."""

        @functools.wraps(function)
        def wrapper(*arguments: Any, **named: Any) -> Any:
            on_main = threading.current_thread() is self._main
            if not on_main and not self._is_parallel:
                return function(*arguments, **named)
            cpu_time = time.process_time if on_main else time.thread_time
            within = self._inside.__dict__.setdefault("seconds", [])  # of inner phases, by nesting
            within.append([0.0, 0.0])
            if phase == self._parallel:
                self._is_parallel = True
            start, cpu_start = time.perf_counter(), cpu_time()
            try:
                return function(*arguments, **named)
            finally:
                wall_s, cpu_s = time.perf_counter() - start, cpu_time() - cpu_start
                if phase == self._parallel:
                    self._is_parallel = False
                inner_wall_s, inner_cpu_s = within.pop()
                self.spans.append(Span(phase, on_main, wall_s - inner_wall_s, cpu_s - inner_cpu_s))
                if within:
                    within[-1][0] += wall_s
                    within[-1][1] += cpu_s

        return wrapper

    def watch(self, places: Sequence[Place]) -> None:
        """Record the time of these functions from now on."""
        for place in places:
            owner: Any = importlib.import_module(place.module)
            *path, name = place.name.split(".")
            for part in path:
                owner = getattr(owner, part)
            setattr(owner, name, self.timed(place.phase, getattr(owner, name)))

    def watch_imports(self, phase: str) -> None:
        """Record the time of loading modules from now on; compiled loops are loaded with theirs."""
        plain = builtins.__import__
        timed = self.timed(phase, plain)

        @functools.wraps(plain)
        def load(name: str, *arguments: Any, **named: Any) -> Any:
            return (plain if name in sys.modules else timed)(name, *arguments, **named)

        builtins.__import__ = load

    def totals(self, n_threads: int) -> dict[str, tuple[float, float]]:
        """Return the wall-clock and CPU seconds of each phase.

        n_threads: how many threads worked in the parallel phase. Their wall-clock seconds count for
        1 / n_threads each; what they leave of that phase stays its own: waiting, and having nothing to do.
        """
        totals: dict[str, tuple[float, float]] = {}
        for span in self.spans:
            share = 1.0 if span.on_main else 1 / n_threads
            _add(totals, span.phase, span.wall_s * share, span.cpu_s)
            if not span.on_main:
                _add(totals, self._parallel, -span.wall_s * share, -span.cpu_s)
        return totals


def _add(totals: dict[str, tuple[float, float]], phase: str, wall_s: float, cpu_s: float) -> None:
    before = totals.get(phase, (0.0, 0.0))
    totals[phase] = before[0] + wall_s, before[1] + cpu_s
