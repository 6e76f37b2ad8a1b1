from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from texts import planted

import tovec
from tovec.training.replicas import LEAST_TOKENS, N_HOT, STRIPES, Copies, hot_tokens

N_ROWS, WIDTH = 40, 16
HOT = np.array([7, 0, 3, 39, 12, 20, 21, 22, 5], dtype=np.int32)


def two_tables(n_threads, seed=0):
    rng = np.random.default_rng(seed)
    shape = N_ROWS + n_threads * len(HOT), WIDTH
    return [rng.integers(-8, 8, shape).astype(np.float32) for _ in range(2)]  # sums without rounding


def copies_of(tables, n_threads):
    locks = np.zeros((2, STRIPES), dtype=np.int64)
    return [Copies(tables, N_ROWS, HOT, thread, locks) for thread in range(n_threads)]


def test_hot_tokens_are_the_most_frequent_and_none_for_one_thread():
    counts = np.array([3, 900, 5, 900, 1] + [2] * LEAST_TOKENS)
    assert len(hot_tokens(counts, 1)) == 0
    hot = hot_tokens(counts, 2)
    assert len(hot) == N_HOT
    assert hot[:4].tolist() == [1, 3, 2, 0]
    assert len(hot_tokens(counts, 8)) == N_HOT // 4
    assert len(hot_tokens(counts[: LEAST_TOKENS - 1], 8)) == 0


def test_a_thread_uses_its_copies_in_the_place_of_hot_rows():
    tables = two_tables(2)
    first, second = copies_of(tables, 2)
    cold = np.setdiff1d(np.arange(N_ROWS), HOT)
    for copies, begin in ((first, N_ROWS), (second, N_ROWS + len(HOT))):
        assert copies.rows[HOT].tolist() == list(range(begin, begin + len(HOT)))
        assert copies.rows[cold].tolist() == cold.tolist()
        for table in tables:
            np.testing.assert_array_equal(table[copies.rows[HOT]], table[HOT])


def test_an_exchange_gives_what_was_learned_to_the_others():
    tables = two_tables(2)
    first, second = copies_of(tables, 2)
    before = [table[HOT].copy() for table in tables]
    for table in tables:
        table[first.rows[HOT]] += 1
        table[second.rows[HOT]] += 10
    first.exchange()
    for table, was in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table[HOT], was + 1)
        np.testing.assert_array_equal(table[second.rows[HOT]], was + 10)
    second.exchange()
    first.exchange()
    for table, was in zip(tables, before, strict=True):
        for rows in (HOT, first.rows[HOT], second.rows[HOT]):
            np.testing.assert_array_equal(table[rows], was + 11)


@pytest.mark.parametrize("n_threads", [2, 4])
def test_nothing_that_was_learned_is_lost_between_threads(n_threads):
    tables = two_tables(n_threads)
    before = [table[HOT].copy() for table in tables]
    every = copies_of(tables, n_threads)

    def work(copies):
        for _ in range(300):
            for table in tables:
                table[copies.rows[HOT]] += 1
            copies.exchange()
        copies.exchange(all_of_it=True)

    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(work, every):
            pass
    for table, was in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table[HOT], was + 300 * n_threads)


def test_a_stripe_that_another_is_at_waits_for_the_next_time():
    tables = two_tables(1)
    locks = np.zeros((2, STRIPES), dtype=np.int64)
    copies = Copies(tables, N_ROWS, HOT, 0, locks)
    before = tables[0][HOT].copy()
    tables[0][copies.rows[HOT]] += 1
    locks[0, 0] = 1
    copies.exchange()
    assert (tables[0][HOT] == before).all(axis=1).tolist() == [True, True] + [False] * 7
    locks[0, 0] = 0
    copies.exchange()
    np.testing.assert_array_equal(tables[0][HOT], before + 1)


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
    """What sixteen threads learn apart and add up must not take a row beyond where each would have gone."""
    one, many = (
        tovec.train(texts(), objective=objective, threads=threads, dim=32, epochs=3, min_count=1).provenance[
            "losses"
        ][-1]
        for threads in (1, 16)
    )
    assert many == pytest.approx(one, rel=0.02)
