"""The loops of skip-gram against their slow twin: kernels/skipgram.py, simd.py, registers.py."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from window_step import loss_of, step

from tovec.training.kernels import skipgram
from tovec.training.kernels.arguments import Share, Slots, Tables, WindowArrays
from tovec.training.kernels.simd import SLOTS, TARGETS
from tovec.training.skipgram import slots
from tovec.training.tables import column_groups, put, take, zeros
from tovec.training.thread_work import Shared

DIM, N_TOKENS = 21, 24


def tables(dim=DIM, n_tokens=N_TOKENS, seed=0, scale=0.3):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(0, scale, (n_tokens, dim)).astype(np.float32) for _ in range(2))


class Prepared:
    """Windows, pairs of contexts and targets, laid out as windows.cut lays them out."""

    def __init__(self, windows):
        self.negative = len(windows[0][1]) - 1
        self.window = max(-(-len(contexts) // 2) for contexts, _ in windows)
        self.n_targets = -(-(1 + self.negative) // TARGETS) * TARGETS
        contexts, ends, is_full = [], [0], []
        for around, targets in windows:
            contexts += [*around, *around[-1:] * (len(around) % 2)]
            ends.append(len(contexts))
            full = len(targets) == self.n_targets and targets[0] not in targets[1:]
            is_full.append(full and len(around) % 2 == 0)
        sizes = [len(around) for around, _ in windows]
        padding = self.n_targets - 1 - self.negative
        rows = [[*targets, *targets[:1] * padding] for _, targets in windows]
        contexts, ends, sizes, rows = (np.array(some, np.int32) for some in (contexts, ends, sizes, rows))
        self.arrays = WindowArrays(contexts, ends, sizes, np.zeros_like(sizes), rows, np.array(is_full))

    def slots(self, left_over=np.nan):
        label, counts = slots(self.window, self.negative, self.n_targets)
        return Slots(label, counts, np.full(self.room, left_over, dtype=np.float32))

    @property
    def room(self):
        return 2 * self.window // 2 * (self.n_targets // TARGETS) * SLOTS


def tables_of(inputs, outputs, columns):
    return Tables(inputs, outputs, np.empty(0, dtype=np.float32), columns)


def train(w_in, w_out, windows, rate, *, columns=None, batch=1, n_threads=1, spoil=True):
    """Train copies of the tables on windows as the orchestration does; return loss and both tables."""
    prepared, dim = Prepared(windows), w_in.shape[1]
    columns = column_groups(dim, grouped=False) if columns is None else columns
    n_groups = len(columns) - 1
    flat = []
    for table in (w_in, w_out):
        flat.append(zeros(len(table), columns))
        put(flat[-1], columns, 0, table)
    shared = Shared(columns, batch, prepared.room)
    if spoil:
        shared.arrays.tiles.fill(np.nan)  # what is left over in scratch must not matter

    def work(thread):
        groups = n_groups * thread // n_threads, n_groups * (thread + 1) // n_threads
        share = Share(0, len(windows), *groups, n_threads, np.float32(rate))
        skipgram.train(
            prepared.arrays,
            prepared.negative,
            tables_of(*flat, columns),
            share,
            shared.arrays,
            prepared.slots(),
        )

    with ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(work, range(n_threads)):
            pass
    return shared.total_loss, *(take(table, columns, len(w_in), dim) for table in flat)


def check_against_the_twin(windows, rate, dim=DIM, batch=1, **how):
    w_in, w_out = tables(dim)
    loss, new_in, new_out = train(w_in, w_out, windows, rate, batch=batch, **how)
    twin_in, twin_out = w_in.astype(np.float64), w_out.astype(np.float64)
    expected = 0.0
    for first in range(0, len(windows), batch):
        expected += step(twin_in, twin_out, windows[first : first + batch], rate)
    assert loss == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(new_in, twin_in, rtol=1e-5, atol=3e-6)
    np.testing.assert_allclose(new_out, twin_out, rtol=1e-5, atol=3e-6)


def window_of(size, negative, seed=0):
    rng = np.random.default_rng((size, negative, seed))
    rows = rng.permutation(N_TOKENS)
    return rows[:size].tolist(), rows[N_TOKENS - 1 - negative :].tolist()


@pytest.mark.parametrize("negative", [1, 2, 4, 5, 6, 11, 13])
@pytest.mark.parametrize("size", range(1, 11))
def test_a_window_of_any_size_is_that_of_the_twin(size, negative):
    check_against_the_twin([window_of(size, negative)], 0.5)


WINDOWS = [
    ([1], [0, 2]),
    ([1, 2, 3], [0, 4, 5]),
    ([1, 2, 3, 4, 5, 6], [0, 7, 2, 3, 1]),  # noise that is in the window
    ([1, 3], [0, 4, 5, 6, 7, 8]),  # is_full: nothing to pass over
    ([1, 1, 2], [0, 3, 3, 3]),  # repeated contexts, repeated noise
    ([0, 1, 0, 2, 2], [0, 5, 6]),  # the center is its own context
    ([1, 2, 3, 4], [0, 0, 5, 0, 6, 7]),  # noise that is the center
    ([1, 2, 3], [0, *range(4, 12), 0, 12]),  # and that in the second tile
]


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_a_step_goes_down_the_finite_difference_of_the_loss(contexts, targets):
    """At a small rate, or what a repeated row learned first would count."""
    rate, h = 1e-3, 1e-4
    before = tables()
    _, *after = train(*before, [(contexts, targets)], rate)
    slopes = [table.astype(np.float64) for table in before]
    for side, table in enumerate(slopes):
        for row in {*contexts, *targets, 20}:
            for column in range(0, DIM, 5):
                kept = table[row, column]
                table[row, column] = kept + h
                above = loss_of(*slopes, contexts, targets)
                table[row, column] = kept - h
                below = loss_of(*slopes, contexts, targets)
                table[row, column] = kept
                moved = (float(after[side][row, column]) - kept) / rate
                assert moved == pytest.approx(-(above - below) / (2 * h), abs=3e-3)


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_loss_is_its_definition(contexts, targets):
    """The sum of log(1 + exp(-score)) for the center and log(1 + exp(score)) for noise, pair by pair."""
    w_in, w_out = tables()
    expected = 0.0
    for context in contexts:
        for t, target in enumerate(targets):
            score = sum(float(a) * float(b) for a, b in zip(w_in[context], w_out[target], strict=True))
            if t == 0 or target != targets[0]:
                expected += math.log1p(math.exp(-score if t == 0 else score))
    assert train(w_in, w_out, [(contexts, targets)], 0.1)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_collisions_and_repeated_rows_are_those_of_the_twin(contexts, targets):
    check_against_the_twin([(contexts, targets)], 0.3)


def test_a_negative_of_one_is_the_pair_of_word2vec_c():
    """word2vec.c, for each target: g = (label - s(f)) * alpha; neu1e += g * syn1neg; syn1neg += g * syn0."""
    w_in, w_out = tables()
    _, new_in, new_out = train(w_in, w_out, [([3], [7, 9])], 0.5)
    neu1e, syn1neg = np.zeros(DIM), w_out.astype(np.float64)
    for target, label in ((7, 1), (9, 0)):
        f = float(w_in[3].astype(np.float64) @ syn1neg[target])
        g = (label - 1 / (1 + math.exp(-f))) * 0.5
        neu1e += g * syn1neg[target]
        syn1neg[target] += g * w_in[3]
    np.testing.assert_allclose(new_in[3], w_in[3] + neu1e, atol=1e-6)
    np.testing.assert_allclose(new_out, syn1neg, atol=1e-6)


def test_rows_outside_the_window_and_columns_past_dim_do_not_change():
    w_in, w_out = tables()
    _, new_in, new_out = train(w_in, w_out, [([1, 2], [3, 4, 5])], 0.5)
    assert (np.delete(new_in, [1, 2], axis=0) == np.delete(w_in, [1, 2], axis=0)).all()
    assert (np.delete(new_out, [3, 4, 5], axis=0) == np.delete(w_out, [3, 4, 5], axis=0)).all()
    columns, prepared = column_groups(DIM, grouped=False), Prepared([([1, 2], [3, 4, 5])])
    flat = [zeros(N_TOKENS, columns) for _ in range(2)]
    for table, rows in zip(flat, (w_in, w_out), strict=True):
        put(table, columns, 0, rows)
    shared = Shared(columns, 1, prepared.room)
    share = Share(0, 1, 0, 1, 1, np.float32(0.5))
    skipgram.train(
        prepared.arrays, 2, tables_of(*flat, columns), share, shared.arrays, prepared.slots(left_over=0)
    )
    for table in flat:
        assert not table.reshape(N_TOKENS, -1)[:, DIM:].any()


def test_at_rate_0_nothing_moves():
    w_in, w_out = tables()
    loss, *after = train(w_in, w_out, [([1, 2, 3], [0, 5, 6])], 0.0)
    assert loss > 0
    for one, other in zip((w_in, w_out), after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("score", [1e4, -1e4])
def test_huge_scores_neither_overflow_nor_lose_their_loss(score):
    w_in, w_out = np.zeros((3, DIM), np.float32), np.zeros((3, DIM), np.float32)
    w_in[:, 0], w_out[0, 0], w_out[1, 0] = 100, score / 100, -score / 100
    loss, *after = train(w_in, w_out, [([2], [0, 1])], 1e-3)
    assert loss == pytest.approx(max(0, -2 * score), abs=1e-6)
    assert all(np.isfinite(table).all() for table in after)
    if score > 0:  # all is right already
        np.testing.assert_allclose(after[0], w_in, atol=1e-30)


def test_nan_spreads_and_shows_in_the_loss():
    w_in, w_out = tables()
    w_in[1, 4] = np.nan
    loss, new_in, new_out = train(w_in, w_out, [([1, 2], [0, 3])], 0.1)
    assert math.isnan(loss)
    assert np.isnan(new_in[1]).all()
    assert np.isnan(new_out[0]).all()


def many_windows(n=40, negative=5, seed=3):
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(N_TOKENS, size=rng.integers(1, 11)).tolist(), rng.integers(N_TOKENS, size=6).tolist())
        for _ in range(n)
    ]


@pytest.mark.parametrize("dim", [1, 16, 100, 300])
@pytest.mark.parametrize("batch", [1, 16])
def test_batches_and_groups_of_columns_are_those_of_the_twin(dim, batch):
    columns = column_groups(dim, grouped=True)
    check_against_the_twin(many_windows(), 0.05, dim=dim, batch=batch, columns=columns)


@pytest.mark.parametrize("columns", [[0, 48, 96, 112], [0, 16, 112], [0, 112], [0, 64, 112]])
def test_threads_in_step_give_the_bytes_of_one(columns):
    columns = np.array(columns, dtype=np.int32)
    w_in, w_out = tables(100)
    results = []
    for n_threads in range(1, min(3, len(columns) - 1) + 1):
        loss, *after = train(
            w_in, w_out, many_windows(200), 0.05, columns=columns, batch=16, n_threads=n_threads
        )
        results.append((loss, *(table.tobytes() for table in after)))
    assert len(set(results)) == 1


@settings(max_examples=60)
@given(st.data())
def test_any_windows_are_those_of_the_twin(data):
    """With small rates: what a repeated row learned first matters in the order of the twin too."""
    negative, n = data.draw(st.integers(1, 13)), data.draw(st.integers(1, 5))
    row = st.integers(0, N_TOKENS - 1)
    windows = [
        (
            data.draw(st.lists(row, min_size=1, max_size=10)),
            data.draw(st.lists(row, min_size=1 + negative, max_size=1 + negative)),
        )
        for _ in range(n)
    ]
    check_against_the_twin(windows, 0.1, batch=data.draw(st.sampled_from([1, 3])))
