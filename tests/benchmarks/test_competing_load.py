"""benchmarks/competing_load.py: the fair share, and processes that end when they are not needed."""

import os
import subprocess

import pytest
from competing_load import busy_processes, fair_slowdown


@pytest.mark.parametrize(
    ("n_threads", "n_busy", "n_cores", "expected"),
    [
        (2, 0, 2, 1),
        (2, 1, 2, 3 / 2),  # 4/3 of two cores
        (2, 2, 2, 2),
        (1, 1, 2, 1),  # a core for each
        (1, 2, 2, 3 / 2),
        (4, 0, 2, 1),  # two threads a core, alone
        (4, 4, 2, 2),
    ],
)
def test_fair_share_is_that_of_equal_threads(n_threads, n_busy, n_cores, expected):
    assert fair_slowdown(n_threads, n_busy, n_cores) == pytest.approx(expected)


def test_busy_processes_end_also_where_the_run_fails(monkeypatch):
    started = []
    popen = subprocess.Popen

    def noted(*given, **named):
        started.append(popen(*given, **named))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with pytest.raises(KeyError), busy_processes(2):
        assert [process.poll() for process in started] == [None, None]
        raise KeyError
    assert len(started) == 2
    for process in started:
        assert process.returncode is not None
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)
