"""Who turns scores into gradients, and how many threads go in step: thread_work.py."""

from itertools import pairwise

import numpy as np
import pytest

from tovec.training import thread_work
from tovec.training.tables import column_groups
from tovec.training.thread_work import A_FEW, GRADIENT_AS_COLUMNS, TRY_OTHER, ThreadTuner, gradient_owners


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
    """Return the numbers of threads that a tuner of two chooses, where turn `t` takes seconds(t)[number]."""
    clock, tuner, chosen = Clock(), ThreadTuner(2), []
    monkeypatch.setattr(thread_work, "time", clock)
    for turn in range(n):
        with tuner.timed(1) as n_threads:
            chosen.append(n_threads)
            clock.now += seconds(turn)[n_threads]
    return chosen


@pytest.mark.parametrize(("seconds", "faster"), [({1: 1.0, 2: 0.6}, 2), ({1: 0.6, 2: 1.0}, 1)])
def test_tuner_settles_on_the_faster_number_of_threads_and_tries_the_other_now_and_then(
    monkeypatch, seconds, faster
):
    chosen = numbers_chosen(monkeypatch, lambda turn: seconds, 16 * TRY_OTHER)
    assert chosen[: 2 * A_FEW] == [2] * A_FEW + [1] * A_FEW
    tries = [turn for turn in range(2 * A_FEW, len(chosen)) if chosen[turn] != faster]
    starts = [turn for turn in tries if turn - 1 not in tries]
    assert len(tries) == A_FEW * len(starts)
    assert len(starts) in (3, 4)
    assert all(later > 1.5 * earlier for earlier, later in pairwise(starts))  # ever rarer


def test_one_slow_block_decides_nothing(monkeypatch):
    def seconds(turn):
        return {1: 1.0, 2: 60.0 if turn % 50 == 30 else 0.6}

    chosen = numbers_chosen(monkeypatch, seconds, 8 * TRY_OTHER)
    assert chosen.count(1) <= 4 * A_FEW


def test_a_try_of_a_number_that_is_far_slower_ends_at_once(monkeypatch):
    chosen = numbers_chosen(monkeypatch, lambda turn: {1: 3.0, 2: 1.0}, 2 * TRY_OTHER)
    assert chosen[: A_FEW + 2] == [2] * A_FEW + [1, 2]


def test_tuner_leaves_a_number_that_becomes_slow_within_a_few_blocks(monkeypatch):
    def seconds(turn):
        return {1: 1.0, 2: 0.6 if turn < 50 else 100.0}

    chosen = numbers_chosen(monkeypatch, seconds, 2 * TRY_OTHER)
    assert chosen[49] == 2
    assert chosen[50:54].count(2) <= 4 and set(chosen[54 : 50 + TRY_OTHER]) == {1}


def test_tuner_changes_its_mind_at_a_try(monkeypatch):
    def seconds(turn):
        return {1: 0.6, 2: 1.0 if turn < 2 * TRY_OTHER else 0.3}  # who took the cores is gone

    chosen = numbers_chosen(monkeypatch, seconds, 8 * TRY_OTHER)
    assert chosen[2 * A_FEW : 2 * TRY_OTHER].count(2) == A_FEW
    assert chosen[4 * TRY_OTHER :].count(2) > 3 * TRY_OTHER
