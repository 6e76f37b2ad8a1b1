"""Barriers and locks inside compiled loops: kernels/sync.py."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numba import njit

from tovec.training.kernels.sync import barrier_arrive, barrier_wait, try_lock, unlock


@njit(nogil=True)
def rounds(numbers, thread, n_threads, n, arrivals):
    """Write one's own number, meet, read all, meet; return in how many rounds one was behind."""
    behind = 0
    for turn in range(1, n + 1):
        numbers[thread] = turn
        barrier_arrive(arrivals, 0)
        barrier_wait(arrivals, 0, (2 * turn - 1) * n_threads)
        for other in range(n_threads):
            if numbers[other] != turn:
                behind += 1
        barrier_arrive(arrivals, 0)
        barrier_wait(arrivals, 0, 2 * turn * n_threads)
    return behind


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_barrier_makes_writes_visible(n_threads):
    numbers, arrivals = np.zeros(n_threads, dtype=np.int64), np.zeros(1, dtype=np.int64)
    with ThreadPoolExecutor(n_threads) as pool:
        runs = [pool.submit(rounds, numbers, t, n_threads, 300, arrivals) for t in range(n_threads)]
        assert [run.result() for run in runs] == [0] * n_threads
    assert arrivals[0] == 2 * 300 * n_threads


@njit(nogil=True)
def add_ones(total, n, locks):
    for _ in range(n):
        while not try_lock(locks, 1):
            pass
        value = total[0]
        total[1] = value  # something that takes time between reading and writing
        total[0] = value + 1
        unlock(locks, 1)


def test_one_thread_at_a_time_holds_a_lock():
    total, locks = np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64)
    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(add_ones, total, 100_000, locks) for _ in range(2)]:
            run.result()
    assert total[0] == 200_000
    assert not locks.any()


@njit
def twice(locks):
    first = try_lock(locks, 0)
    again = try_lock(locks, 0)
    unlock(locks, 0)
    return first, again, try_lock(locks, 0)


def test_a_lock_that_is_held_cannot_be_taken_again():
    locks = np.zeros(2, dtype=np.int64)
    assert twice(locks) == (True, False, True)
    assert locks.tolist() == [1, 0]
