"""Replicas of frequent rows and their exchange: replicas.py and kernels/replicas.py."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from texts import planted

import tovec
from tovec.training.replicas import MIN_TOKENS, N_FREQUENT, STRIPES, RowReplicas, frequent_tokens

N_ROWS, WIDTH = 40, 16
FREQUENT = np.array([7, 0, 3, 39, 12, 20, 21, 22, 5], dtype=np.int32)


def two_tables(n_threads, seed=0):
    rng = np.random.default_rng(seed)
    shape = N_ROWS + n_threads * len(FREQUENT), WIDTH
    return [rng.integers(-8, 8, shape).astype(np.float32) for _ in range(2)]  # sums without rounding


def replicas_of(tables, n_threads):
    locks = np.zeros((2, STRIPES), dtype=np.int64)
    return [RowReplicas(tables, N_ROWS, FREQUENT, thread, locks) for thread in range(n_threads)]


def test_replicated_tokens_are_the_most_frequent_and_none_for_one_thread():
    counts = np.array([3, 900, 5, 900, 1] + [2] * MIN_TOKENS)
    assert len(frequent_tokens(counts, 1)) == 0
    frequent = frequent_tokens(counts, 2)
    assert len(frequent) == N_FREQUENT
    assert frequent[:4].tolist() == [1, 3, 2, 0]
    assert len(frequent_tokens(counts, 8)) == N_FREQUENT // 4
    assert len(frequent_tokens(counts[: MIN_TOKENS - 1], 8)) == 0


def test_a_thread_uses_its_replicas_instead_of_the_frequent_rows():
    tables = two_tables(2)
    first, second = replicas_of(tables, 2)
    others = np.setdiff1d(np.arange(N_ROWS), FREQUENT)
    for replicas, begin in ((first, N_ROWS), (second, N_ROWS + len(FREQUENT))):
        assert replicas.rows[FREQUENT].tolist() == list(range(begin, begin + len(FREQUENT)))
        assert replicas.rows[others].tolist() == others.tolist()
        for table in tables:
            np.testing.assert_array_equal(table[replicas.rows[FREQUENT]], table[FREQUENT])


def test_an_exchange_gives_what_was_learned_to_the_others():
    tables = two_tables(2)
    first, second = replicas_of(tables, 2)
    before = [table[FREQUENT].copy() for table in tables]
    for table in tables:
        table[first.rows[FREQUENT]] += 1
        table[second.rows[FREQUENT]] += 10
    first.exchange()
    for table, was in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table[FREQUENT], was + 1)
        np.testing.assert_array_equal(table[second.rows[FREQUENT]], was + 10)
    second.exchange()
    first.exchange()
    for table, was in zip(tables, before, strict=True):
        for rows in (FREQUENT, first.rows[FREQUENT], second.rows[FREQUENT]):
            np.testing.assert_array_equal(table[rows], was + 11)


@pytest.mark.parametrize("n_threads", [2, 4])
def test_nothing_that_was_learned_is_lost_between_threads(n_threads):
    tables = two_tables(n_threads)
    before = [table[FREQUENT].copy() for table in tables]
    every = replicas_of(tables, n_threads)

    def work(replicas):
        for _ in range(300):
            for table in tables:
                table[replicas.rows[FREQUENT]] += 1
            replicas.exchange()
        replicas.exchange(wait=True)

    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(work, every):
            pass
    for table, was in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table[FREQUENT], was + 300 * n_threads)


def test_rows_that_another_thread_has_locked_are_exchanged_the_next_time():
    tables = two_tables(1)
    locks = np.zeros((2, STRIPES), dtype=np.int64)
    replicas = RowReplicas(tables, N_ROWS, FREQUENT, 0, locks)
    before = tables[0][FREQUENT].copy()
    tables[0][replicas.rows[FREQUENT]] += 1
    locks[0, 0] = 1
    replicas.exchange()
    assert (tables[0][FREQUENT] == before).all(axis=1).tolist() == [True, True] + [False] * 7
    locks[0, 0] = 0
    replicas.exchange()
    np.testing.assert_array_equal(tables[0][FREQUENT], before + 1)


def few_words():
    return planted(6000, seed=1)


def frequent_words():
    """Words as frequent as in a language, some of which every second window holds."""
    rng = np.random.default_rng(1)
    numbers = rng.zipf(1.2, size=200_000) % 5000
    return [" ".join(f"w{i}" for i in numbers[at : at + 20]) for at in range(0, len(numbers), 20)]


@pytest.mark.parametrize("objective", ["skip-gram", "cbow"])
@pytest.mark.parametrize("texts", [few_words, frequent_words])
def test_many_threads_learn_what_one_learns(texts, objective):
    """What sixteen threads learn apart and add up must not take a row beyond where each would have gone.

    Where the system holds some of them up they end higher, so one run of five has to come near.
    """

    def loss(threads):
        made = tovec.train(texts(), objective=objective, threads=threads, dim=32, epochs=3, min_count=1)
        return made.provenance["losses"][-1]

    one = loss(1)
    assert any(loss(16) == pytest.approx(one, rel=0.02) for _ in range(5))
