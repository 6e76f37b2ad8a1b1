"""benchmarks/phase_clock.py with clocks that only move when they are told to, and a profile of a real run."""

import sys
import threading
from types import ModuleType

import phase_clock
import pytest
from phase_clock import PhaseClock, Place
from profiled_run import PHASES
from texts import planted
from training_profile import profiled


class Clocks:
    """Wall clock, and CPU clocks of the process and of each thread, in the place of the module `time`."""

    def __init__(self):
        self.wall = self.cpu = 0.0
        self.own = threading.local()

    def pass_by(self, wall_s, cpu_s=None):
        cpu_s = wall_s if cpu_s is None else cpu_s
        self.wall += wall_s
        self.cpu += cpu_s
        self.own.cpu = self.thread_time() + cpu_s

    def perf_counter(self):
        return self.wall

    def process_time(self):
        return self.cpu

    def thread_time(self):
        return getattr(self.own, "cpu", 0.0)


@pytest.fixture
def clocks(monkeypatch):
    made = Clocks()
    monkeypatch.setattr(phase_clock, "time", made)
    return made


def on_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()


def test_each_second_belongs_to_the_innermost_phase(clocks):
    clock = PhaseClock("parallel")
    inner = clock.timed("inner", clocks.pass_by)

    def work():
        clocks.pass_by(2, 1)
        inner(3, 3)
        inner(4, 2)
        clocks.pass_by(5, 5)

    clock.timed("outer", work)()
    assert clock.totals(1) == {"outer": (7, 6), "inner": (7, 5)}


def test_time_of_a_call_that_fails_counts_too(clocks):
    clock = PhaseClock("parallel")

    def fail():
        clocks.pass_by(2)
        raise KeyError

    def work():
        with pytest.raises(KeyError):
            clock.timed("inner", fail)()
        clocks.pass_by(1)

    clock.timed("outer", work)()
    assert clock.totals(1) == {"inner": (2, 2), "outer": (1, 1)}


def test_seconds_of_threads_are_shares_of_the_parallel_phase_and_the_rest_is_waiting(clocks):
    """Two threads, 6 and 4 s; they run one after the other here, so the phase lasts 10 s and waits 5."""
    clock = PhaseClock("parallel")
    work = clock.timed("work", clocks.pass_by)

    def both():
        on_thread(work, 6, 5)
        on_thread(work, 4, 4)

    clock.timed("parallel", both)()
    assert clock.totals(2) == {"work": (5, 9), "parallel": (5, 0)}


def test_threads_outside_the_parallel_phase_are_time_of_the_main_thread(clocks):
    clock = PhaseClock("parallel")
    work = clock.timed("work", clocks.pass_by)
    clock.timed("reading", lambda: on_thread(work, 6, 5))()
    assert clock.totals(2) == {"reading": (6, 5)}


def test_watched_function_is_timed_where_others_call_it(clocks, monkeypatch):
    module = ModuleType("watched")
    module.Class = type("Class", (), {"method": lambda self, seconds: clocks.pass_by(seconds)})
    module.function = clocks.pass_by
    monkeypatch.setitem(sys.modules, "watched", module)
    clock = PhaseClock("parallel")
    clock.watch([Place("watched", "Class.method", "method"), Place("watched", "function", "function")])
    module.Class().method(3)
    module.function(2)
    assert clock.totals(1) == {"method": (3, 3), "function": (2, 2)}


def test_phases_of_a_real_run_explain_its_time(tmp_path):
    """Where a function that the profile watches is renamed or no longer called, a phase is missing here."""
    text = tmp_path / "text.txt"
    text.write_text("\n".join(planted(n_sentences=5000, n_groups=400)))  # enough words for replicas
    run_s, cpu_s, phases = profiled(text, threads=2)
    assert {phase for phase, (seconds, _) in phases.items() if seconds > 0} == set(PHASES)
    assert sum(seconds for seconds, _ in phases.values()) <= run_s
    assert 0.8 * cpu_s < sum(seconds for _, seconds in phases.values()) <= cpu_s * 1.02
