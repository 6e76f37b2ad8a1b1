"""Events of work, and how often a computation reports them; the terminal is in cli/test_progress.py."""

import numpy as np
import pytest

from tovec import progress
from tovec.progress import Event, Note, Stage, StageReporter, silent


@pytest.mark.parametrize(
    ("done", "total", "fraction"), [(1, 4, 0.25), (5, 4, 1.0), (-1, 4, 0.0), (3, None, 0.0), (0, 0, 0.0)]
)
def test_a_fraction_lies_between_0_and_1(done: float, total: float | None, fraction: float) -> None:
    assert Stage("reading", done, total).fraction == fraction


def test_only_notes_have_a_line() -> None:
    assert (Note("hello").line, Stage("reading", 1).line, Event().line) == ("hello", "", "")


def test_reports_in_between_are_left_out_and_points_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: clock[0])
    events: list[Stage] = []
    points = np.zeros((2, 2), np.float32)
    reporter = StageReporter(events.append)  # type: ignore[arg-type]
    for clock[0] in (0.1, 0.25, 0.3, 0.46):
        reporter.sometimes("layout", clock[0], points)
    reporter.now("layout", 1.0)
    assert [event.done for event in events] == [0.25, 0.46, 1.0]
    assert events[0].points is not points
    np.testing.assert_array_equal(events[0].points, points)
    assert events[2].points is None


def test_without_a_reporter_nothing_happens() -> None:
    StageReporter(None).now("layout", 1.0, np.zeros((2, 2), np.float32))
    assert silent(Note("hello")) is None  # type: ignore[func-returns-value]
