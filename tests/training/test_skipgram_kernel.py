"""The loops of skip-gram against their slow twin: kernels/skipgram.py, simd.py, registers.py."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from window_step import Minibatch, alone, loss_of, step

from tovec.training.kernels import skipgram
from tovec.training.kernels.arguments import MinibatchArrays, Share, Tables
from tovec.training.kernels.simd import SLOTS, TARGETS
from tovec.training.skipgram import slots_of
from tovec.training.tables import column_groups, put, take, zeros
from tovec.training.thread_work import Shared

DIM, N_TOKENS = 21, 24


def tables(dim=DIM, n_tokens=N_TOKENS, seed=0, scale=0.3):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(0, scale, (n_tokens, dim)).astype(np.float32) for _ in range(2))


class Prepared:
    """Minibatches, laid out as windows.cut_minibatches lays them out."""

    def __init__(self, batches):
        self.n_centers, self.noise_weight = len(batches[0].windows), batches[0].noise_weight
        self.n_noise = len(batches[0].targets) - self.n_centers
        self.n_targets = -(-len(batches[0].targets) // TARGETS) * TARGETS
        contexts, ends = [], [0]
        for batch in batches:
            contexts += [*batch.contexts, *batch.contexts[-1:] * (len(batch.contexts) % 2)]
            ends.append(len(contexts))
        self.n_contexts = max(b - a for a, b in itertools.pairwise(ends))
        padding = self.n_targets - len(batches[0].targets)
        targets = [[*batch.targets, *batch.targets[:1] * padding] for batch in batches]
        spans = [batch.windows for batch in batches]
        self.arrays = MinibatchArrays(
            *(np.array(some, np.int32) for some in (contexts, ends, spans, targets))
        )

    def slots(self, left_over=np.nan):
        slots = slots_of(self.n_centers, self.n_noise, self.n_targets, self.n_contexts, self.noise_weight)
        slots.weight.fill(left_over)
        return slots

    @property
    def room(self):
        return self.n_contexts // 2 * (self.n_targets // TARGETS) * SLOTS


def tables_of(inputs, outputs, columns):
    return Tables(inputs, outputs, np.empty(0, dtype=np.float32), columns)


def train(w_in, w_out, windows, rate, *, columns=None, batch=1, n_threads=1, spoil=True):
    """Train copies of the tables on minibatches as the orchestration does; return loss and both tables."""
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
            prepared.n_noise,
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
    return alone(rows[:size].tolist(), rows[N_TOKENS - 1 - negative :].tolist())


@pytest.mark.parametrize("negative", [1, 2, 4, 5, 6, 11, 13])
@pytest.mark.parametrize("size", range(1, 11))
def test_a_window_of_any_size_is_that_of_the_twin(size, negative):
    check_against_the_twin([window_of(size, negative)], 0.5)


WINDOWS = [
    ([1], [0, 2]),
    ([1, 2, 3], [0, 4, 5]),
    ([1, 2, 3, 4, 5, 6], [0, 7, 2, 3, 1]),  # noise that is in the window
    ([1, 3], [0, 4, 5, 6, 7, 8]),  # nothing to pass over
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
    _, *after = train(*before, [alone(contexts, targets)], rate)
    slopes = [table.astype(np.float64) for table in before]
    for side, table in enumerate(slopes):
        for row in {*contexts, *targets, 20}:
            for column in range(0, DIM, 5):
                kept = table[row, column]
                table[row, column] = kept + h
                above = loss_of(*slopes, alone(contexts, targets))
                table[row, column] = kept - h
                below = loss_of(*slopes, alone(contexts, targets))
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
    assert train(w_in, w_out, [alone(contexts, targets)], 0.1)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_collisions_and_repeated_rows_are_those_of_the_twin(contexts, targets):
    check_against_the_twin([alone(contexts, targets)], 0.3)


def test_a_negative_of_one_is_the_pair_of_word2vec_c():
    """word2vec.c, for each target: g = (label - s(f)) * alpha; neu1e += g * syn1neg; syn1neg += g * syn0."""
    w_in, w_out = tables()
    _, new_in, new_out = train(w_in, w_out, [alone([3], [7, 9])], 0.5)
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
    _, new_in, new_out = train(w_in, w_out, [alone([1, 2], [3, 4, 5])], 0.5)
    assert (np.delete(new_in, [1, 2], axis=0) == np.delete(w_in, [1, 2], axis=0)).all()
    assert (np.delete(new_out, [3, 4, 5], axis=0) == np.delete(w_out, [3, 4, 5], axis=0)).all()
    columns, prepared = column_groups(DIM, grouped=False), Prepared([alone([1, 2], [3, 4, 5])])
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
    loss, *after = train(w_in, w_out, [alone([1, 2, 3], [0, 5, 6])], 0.0)
    assert loss > 0
    for one, other in zip((w_in, w_out), after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("score", [1e4, -1e4])
def test_huge_scores_neither_overflow_nor_lose_their_loss(score):
    w_in, w_out = np.zeros((3, DIM), np.float32), np.zeros((3, DIM), np.float32)
    w_in[:, 0], w_out[0, 0], w_out[1, 0] = 100, score / 100, -score / 100
    loss, *after = train(w_in, w_out, [alone([2], [0, 1])], 1e-3)
    assert loss == pytest.approx(max(0, -2 * score), abs=1e-6)
    assert all(np.isfinite(table).all() for table in after)
    if score > 0:  # all is right already
        np.testing.assert_allclose(after[0], w_in, atol=1e-30)


def test_nan_spreads_and_shows_in_the_loss():
    w_in, w_out = tables()
    w_in[1, 4] = np.nan
    loss, new_in, new_out = train(w_in, w_out, [alone([1, 2], [0, 3])], 0.1)
    assert math.isnan(loss)
    assert np.isnan(new_in[1]).all()
    assert np.isnan(new_out[0]).all()


def minibatch(rng, n_centers, n_noise, noise_weight):
    """Return the windows of centers in a row of a text of random tokens, some in another document."""
    n, reaches = n_centers + 8, rng.integers(1, 5, size=n_centers)
    text = rng.integers(N_TOKENS, size=n)
    cut = rng.integers(1, n)  # where a document ends; one of a single token has no window
    windows = []
    for place, reach in enumerate(reaches, start=4):
        low, high = (0, cut) if place < cut else (cut, n)
        first, stop = max(low, place - reach), min(high, place + reach + 1)
        windows.append((int(first), int(stop), place) if stop - first > 1 else (0, 0, 0))
    targets = [*text[4 : 4 + n_centers], *rng.integers(N_TOKENS, size=n_noise)]
    return Minibatch(text.tolist(), windows, [int(t) for t in targets], noise_weight)


def many_minibatches(n=40, n_centers=2, n_noise=4, noise_weight=1.25, seed=3):
    rng = np.random.default_rng(seed)
    return [minibatch(rng, n_centers, n_noise, noise_weight) for _ in range(n)]


@pytest.mark.parametrize(("n_centers", "n_noise"), [(1, 5), (2, 4), (2, 10), (3, 5), (7, 5), (8, 10)])
def test_windows_that_share_noise_are_those_of_the_twin(n_centers, n_noise):
    check_against_the_twin(many_minibatches(60, n_centers, n_noise, 5 / n_noise), 0.05)


def test_two_windows_with_the_same_noise_count_as_each_alone():
    """At a small rate, where what one learns does not matter to the other."""
    text, noise = [0, 1, 2, 3, 4, 5], [10, 11, 12, 13]
    together = Minibatch(text, [(1, 4, 2), (0, 6, 3)], [2, 3, *noise])
    apart = [alone([1, 3], [2, *noise]), alone([0, 1, 2, 4, 5], [3, *noise])]
    before, rate = tables(), 1e-3
    loss, *after = train(*before, [together], rate)
    loss_apart, *after_apart = train(*before, apart, rate, batch=2)
    assert loss == pytest.approx(loss_apart, rel=1e-6)
    for old, one, other in zip(before, after, after_apart, strict=True):
        np.testing.assert_allclose((one - old) / rate, (other - old) / rate, atol=2e-3)
        assert np.abs(one - old).max() > 1e-4


@pytest.mark.parametrize("dim", [1, 16, 100, 300])
@pytest.mark.parametrize("batch", [1, 16])
def test_batches_and_groups_of_columns_are_those_of_the_twin(dim, batch):
    columns = column_groups(dim, grouped=True)
    check_against_the_twin(many_minibatches(), 0.05, dim=dim, batch=batch, columns=columns)


@pytest.mark.parametrize("columns", [[0, 48, 96, 112], [0, 16, 112], [0, 112], [0, 64, 112]])
def test_threads_in_step_give_the_bytes_of_one(columns):
    columns = np.array(columns, dtype=np.int32)
    w_in, w_out = tables(100)
    results = []
    for n_threads in range(1, min(3, len(columns) - 1) + 1):
        loss, *after = train(
            w_in, w_out, many_minibatches(200), 0.05, columns=columns, batch=16, n_threads=n_threads
        )
        results.append((loss, *(table.tobytes() for table in after)))
    assert len(set(results)) == 1


@settings(max_examples=60)
@given(st.data())
def test_any_minibatches_are_those_of_the_twin(data):
    """With small rates: what a repeated row learned first matters in the order of the twin too."""
    n_centers, n_noise, n = (data.draw(st.integers(1, most)) for most in (8, 13, 5))
    batches = many_minibatches(n, n_centers, n_noise, 5 / n_noise, data.draw(st.integers(0, 1000)))
    check_against_the_twin(batches, 0.1, batch=data.draw(st.sampled_from([1, 3])))
