"""The loops of CBOW and n-grams against plain numpy: kernels/mean_input.py."""

import mean_input_step
import numpy as np
import pytest

from tovec.text.ngrams import NgramRows
from tovec.training.kernels import mean_input as kernels
from tovec.training.kernels.arguments import MeanInputRules, MeanInputScratch, Share, Tables
from tovec.training.kernels.simd import SLOTS, TARGETS
from tovec.training.mean_input import rows_of_tokens
from tovec.training.tables import put, take, zeros
from tovec.training.thread_work import Shared
from tovec.training.windows import Windows

N_TOKENS, WIDTH, WINDOW = 9, 96, 3
NGRAMS = {0: [10, 11], 1: [9], 2: [], 3: [9, 12, 12], 4: [10], 5: [11, 12, 13], 7: [13]}  # 12 is in 3 twice
MODELS = ["skip-gram", "cbow", "position-weighted-cbow"]
ONE_GROUP, THREE_GROUPS = ([0, WIDTH], [0, 32, 48, WIDTH])

# contexts left of the center, center, contexts right of it, noise
WINDOWS = [
    ([1], 0, [], [2, 3]),
    ([], 4, [5, 6], [7, 8]),
    ([1, 2, 3], 0, [4, 5, 6], [7, 8]),  # more targets than one tile holds
    ([1, 2], 3, [4], [3, 1]),  # noise that is the center, noise that is a context
    ([5], 6, [7, 8], [0, 0]),  # noise that is drawn twice
]


def tables(seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(0, 0.3, (14, WIDTH)),
        rng.normal(0, 0.3, (N_TOKENS, WIDTH)),
        rng.normal(1, 0.3, (2 * WINDOW, WIDTH)),
    )


def parts(model, window):
    """What mean_input_step takes of a window: bag, positives, noise and the position of the first token."""
    before, center, after, noise = window
    if model == "skip-gram":
        return [center], before + after, noise, None
    return before + after, [center], noise, WINDOW - len(before) if "position" in model else None


def cut(windows):
    made = Windows(WINDOW, 1 + len(windows[0][3]))
    arrays, made.n, end = made.arrays, len(windows), 0
    arrays.ends[0] = 0
    for i, (before, center, after, noise) in enumerate(windows):
        contexts = before + after
        padded = contexts + contexts[-1:] * (len(contexts) % 2)
        arrays.contexts[end : end + len(padded)] = padded
        end += len(padded)
        arrays.ends[i + 1], arrays.sizes[i], arrays.left[i] = end, len(contexts), len(before)
        arrays.targets[i] = [center, *noise]
    return made


def train(
    model,
    w_in,
    w_out,
    positions,
    windows,
    ngrams,
    rate,
    columns=ONE_GROUP,
    batch=1,
    input_rate_scale=1,
    position_rate_scale=1,
):
    """Train in place on float64 tables through the float32 kernel; return the loss."""
    columns, negative = np.array(columns, dtype=np.int32), len(windows[0][3])
    n_groups, made = len(columns) - 1, cut(windows)
    lists = [ngrams.get(token, []) for token in range(N_TOKENS)]
    flat = np.array([row - N_TOKENS for rows in lists for row in rows], dtype=np.int32)
    offsets = np.cumsum([0, *map(len, lists)])
    token_rows = rows_of_tokens(NgramRows(flat, offsets, flat), np.empty(0, dtype=np.int32), 1)
    most = -(-(2 * WINDOW + negative) // TARGETS) * TARGETS
    room = most // TARGETS * SLOTS
    flats = [zeros(len(table), columns) for table in (w_in, w_out, positions)]
    for flat_table, table in zip(flats, (w_in, w_out, positions), strict=True):
        put(flat_table, columns, 0, table.astype(np.float32))
    shared = Shared(columns, batch, room)
    kernels.train(
        made.arrays,
        MeanInputRules(
            WINDOW, negative, np.float32(1), model == "skip-gram", "position" in model,
            np.float32(input_rate_scale), np.float32(position_rate_scale),
        ),
        Tables(*flats, columns),
        token_rows,
        Share(0, made.n, 0, n_groups, 1, np.float32(rate)),
        shared.arrays,
        MeanInputScratch(
            numbers=np.arange(batch, dtype=np.int32),
            targets=np.zeros(batch * most, dtype=np.int32),
            label=np.zeros(room, dtype=np.float32),
            weight=np.zeros(room, dtype=np.float32),
            hidden=np.full(batch * WIDTH, np.nan, dtype=np.float32),
            gradient=np.full((1, WIDTH), np.nan, dtype=np.float32),
            sums=np.full((2 * WINDOW, WIDTH), np.nan, dtype=np.float32),
        ),
    )  # fmt: skip
    for table, moved in zip((w_in, w_out, positions), flats, strict=True):
        table[...] = take(moved, columns, len(table), WIDTH)
    return shared.total_loss


@pytest.mark.parametrize("ngrams", [{}, NGRAMS], ids=["words", "n-grams"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_step_goes_down_the_finite_difference_of_the_loss(model, window, ngrams):
    rate, h = 0.01, 1e-5
    start = tables()
    of = (*parts(model, window)[:3], ngrams, parts(model, window)[3])
    moved = tuple(table.astype(np.float32).astype(np.float64) for table in start)
    assert train(model, *moved, [window], ngrams, rate) == pytest.approx(
        mean_input_step.loss(*start, *of), rel=1e-5
    )
    for table, after in zip(start, moved, strict=True):
        before = table.astype(np.float32).astype(np.float64)
        for row in range(len(table)):
            for column in (0, 17, 50, WIDTH - 1):
                kept = table[row, column]
                table[row, column] = kept + h
                above = mean_input_step.loss(*start, *of)
                table[row, column] = kept - h
                below = mean_input_step.loss(*start, *of)
                table[row, column] = kept
                slope = (above - below) / (2 * h)
                assert (before - after)[row, column] / rate == pytest.approx(slope, abs=1e-4, rel=5e-3)


@pytest.mark.parametrize("columns", [ONE_GROUP, THREE_GROUPS])
@pytest.mark.parametrize("ngrams", [{}, NGRAMS], ids=["words", "n-grams"])
@pytest.mark.parametrize("model", MODELS)
def test_windows_in_a_row_are_the_steps_of_plain_numpy(model, ngrams, columns):
    ours, plain = tables(), tables()
    loss = train(model, *ours, WINDOWS, ngrams, 0.1, columns)
    steps = [(*parts(model, window)[:3], ngrams, parts(model, window)[3], 0.1) for window in WINDOWS]
    assert loss == pytest.approx(sum(mean_input_step.step(*plain, *args) for args in steps), rel=1e-5)
    for one, other, start in zip(ours, plain, tables(), strict=True):
        np.testing.assert_allclose(one - start, other - start, atol=3e-5)


@pytest.mark.parametrize("model", MODELS)
def test_windows_that_share_no_row_may_be_scored_at_once(model):
    windows = [([0], 1, [], [3, 4]), ([], 6, [7], [8, 8])]
    one, both = tables(), tables()
    assert train(model, *one, windows, {}, 0.1, batch=1) == train(model, *both, windows, {}, 0.1, batch=2)
    for a, b in zip(one, both, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("model", MODELS)
def test_input_rate_scale_moves_inputs_and_nothing_else(model):
    start, plain, scaled = (tables() for _ in range(3))
    train(model, *plain, WINDOWS[:1], NGRAMS, 0.1)
    train(model, *scaled, WINDOWS[:1], NGRAMS, 0.1, input_rate_scale=3)
    for factor, before, one, other in zip((3, 1, 1), start, plain, scaled, strict=True):
        np.testing.assert_allclose(other - before, factor * (one - before), atol=1e-6)


@pytest.mark.parametrize("input_rate_scale", [1, 3])
def test_position_rate_scale_moves_positions_and_nothing_else(input_rate_scale):
    start, plain, scaled = (tables() for _ in range(3))
    train(MODELS[2], *plain, WINDOWS[:1], NGRAMS, 0.1, input_rate_scale=input_rate_scale)
    train(
        *(MODELS[2], *scaled, WINDOWS[:1], NGRAMS, 0.1),
        **{"input_rate_scale": input_rate_scale, "position_rate_scale": 0.25},
    )
    for factor, before, one, other in zip((1, 1, 0.25), start, plain, scaled, strict=True):
        np.testing.assert_allclose(other - before, factor * (one - before), atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_at_rate_zero_nothing_moves(model):
    before, after = tables(), tables()
    for table in before:
        table[...] = table.astype(np.float32)
    assert train(model, *after, WINDOWS, NGRAMS, 0.0, THREE_GROUPS) > 0
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_shared_noise_weighs_as_much_as_noise_of_each_positive_that_is_another_token():
    targets = np.array([4, 5, 4, 7, 4, 4], dtype=np.int32)  # positives 4 5 4, noise 7 4, the rest of the tile
    label, weight = np.zeros((2, SLOTS), dtype=np.float32)
    kernels.weigh.py_func(targets, 0, 3, 2, 0.5, label, weight)
    assert weight[:TARGETS].tolist() == [1, 1, 1, 1.5, 0.5, 0]
    assert label[:5].tolist() == [1, 1, 1, -1, -1]
    assert not weight[TARGETS:].any()
