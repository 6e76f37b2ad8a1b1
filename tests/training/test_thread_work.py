"""Who turns scores into gradients, and how many threads go in step: thread_work.py."""

import numpy as np
import pytest

from tovec.training import thread_work
from tovec.training.tables import column_groups
from tovec.training.thread_work import GRADIENT_AS_COLUMNS, TRY_OTHER, ThreadTuner, gradient_owners


@pytest.mark.parametrize("dim", [1, 96, 100, 300])
@pytest.mark.parametrize("batch", [1, 32])
def test_every_window_of_a_batch_has_one_owner_among_the_groups(dim, batch):
    columns = column_groups(dim, grouped=True)
    owners = gradient_owners(columns, batch)
    assert owners.dtype == np.int32
    assert len(owners) == batch
    assert set(owners.tolist()) <= set(range(len(columns) - 1))


def test_narrow_groups_own_more_windows_so_that_all_work_as_long():
    columns = np.array([0, 48, 112], dtype=np.int32)
    owners = np.bincount(gradient_owners(columns, 32), minlength=2)
    work = np.diff(columns) + GRADIENT_AS_COLUMNS * owners / 32
    assert owners[0] > owners[1]
    assert abs(work[0] - work[1]) <= 1 + GRADIENT_AS_COLUMNS / 32


def test_all_groups_that_are_wider_than_the_mean_may_own_nothing():
    owners = gradient_owners(np.array([0, 16, 112], dtype=np.int32), 32)
    assert set(owners.tolist()) == {0}


class Clock:
    """Time that passes only when work is done."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


def numbers_chosen(monkeypatch, seconds, n):
    """Return the numbers of threads that a tuner of two chooses, where each takes so many seconds."""
    clock, tuner, chosen = Clock(), ThreadTuner(2), []
    monkeypatch.setattr(thread_work, "time", clock)
    for _ in range(n):
        with tuner.timed(1) as n_threads:
            chosen.append(n_threads)
            clock.now += seconds[n_threads]
    return chosen


def test_tuner_settles_on_the_faster_number_of_threads_and_tries_the_other_now_and_then(monkeypatch):
    for seconds, faster in (({1: 1.0, 2: 0.6}, 2), ({1: 0.6, 2: 1.0}, 1)):
        chosen = numbers_chosen(monkeypatch, seconds, 8 * TRY_OTHER)
        assert set(chosen[:2]) == {1, 2}
        others = [place for place, n in enumerate(chosen, start=1) if n != faster and place > 2]
        assert others == [TRY_OTHER, 3 * TRY_OTHER, 7 * TRY_OTHER]  # ever rarer


def test_tuner_changes_its_mind_at_a_try_and_tries_as_often_as_at_first(monkeypatch):
    seconds = {1: 0.6, 2: 1.0}
    clock, tuner, chosen = Clock(), ThreadTuner(2), []
    monkeypatch.setattr(thread_work, "time", clock)
    for turn in range(1, 5 * TRY_OTHER):
        if turn == 2 * TRY_OTHER:
            seconds = {1: 0.6, 2: 0.3}  # who took the cores is gone
        with tuner.timed(1) as n_threads:
            chosen.append(n_threads)
            clock.now += seconds[n_threads]
    assert set(chosen[TRY_OTHER : 3 * TRY_OTHER - 1]) == {1}
    assert chosen[3 * TRY_OTHER - 1 : 4 * TRY_OTHER - 1] == [2] * TRY_OTHER
    assert chosen[4 * TRY_OTHER - 1 :] == [1] + [2] * (TRY_OTHER - 1)
