import math

import numpy as np
import pytest

from tovec.training.kernels import skipgram
from tovec.training.sampling import ALWAYS, alias_table, noise_probabilities

WIDTH = 16


def tables(n_tokens=8, width=WIDTH, seed=0, scale=0.5):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(0, scale, (n_tokens, width)).astype(np.float32) for _ in range(2))


def loss_of(w_in, w_out, contexts, targets):
    """The loss of a window by its definition, in float64."""
    total = 0.0
    for context in contexts:
        for t, target in enumerate(targets):
            score = float(w_in[context].astype(np.float64) @ w_out[target].astype(np.float64))
            total += math.log1p(math.exp(-score if t == 0 else score))
    return total


def step(w_in, w_out, contexts, targets, lr, kernel=skipgram.step):
    contexts, targets = np.array(contexts, dtype=np.int32), np.array(targets, dtype=np.int32)
    return kernel(w_in, w_out, contexts, targets, np.float32(lr), *scratch(len(targets), len(contexts)))


def scratch(n_targets, n_contexts, width=WIDTH):
    """Filled with NaN: what is left over in it must not matter."""
    rows, columns = -(-n_targets // skipgram.TARGETS) * 3, -(-n_contexts // skipgram.CONTEXTS) * 4
    return tuple(
        np.full(shape, np.nan, dtype=np.float32)
        for shape in ((rows, columns), (columns, width), (rows, width))
    )


WINDOWS = [
    ([1], [0]),
    ([1, 2, 3], [0, 4, 5]),
    ([1, 2, 3, 4, 5, 6], [0, 7, 2, 3, 1]),  # more than four rows, noise that is in the window
    ([1, 1, 2], [0, 3, 3, 3]),  # repeated contexts, repeated noise
    ([0, 1, 0, 2, 2], [0, 5, 6]),  # the center is its own context
]


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_loss_is_its_definition(contexts, targets):
    w_in, w_out = tables()
    expected = loss_of(w_in, w_out, contexts, targets)
    assert step(w_in, w_out, contexts, targets, 0.1) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_a_step_goes_down_the_finite_difference_of_the_loss(contexts, targets):
    w_in, w_out = (table.astype(np.float64) for table in tables())
    moved_in, moved_out = w_in.astype(np.float32), w_out.astype(np.float32)
    step(moved_in, moved_out, contexts, targets, 1.0)
    for table, moved in ((w_in, moved_in), (w_out, moved_out)):
        for row in range(len(table)):
            for column in range(0, WIDTH, 5):
                kept, h = table[row, column], 1e-4
                table[row, column] = kept + h
                above = loss_of64(w_in, w_out, contexts, targets)
                table[row, column] = kept - h
                below = loss_of64(w_in, w_out, contexts, targets)
                table[row, column] = kept
                slope = (above - below) / (2 * h)
                assert moved[row, column] - np.float32(kept) == pytest.approx(-slope, abs=2e-5)


def loss_of64(w_in, w_out, contexts, targets):
    scores = w_in[contexts] @ w_out[targets].T
    signs = np.array([1.0] + [-1.0] * (len(targets) - 1))
    return float(np.log1p(np.exp(-signs * scores)).sum())


@pytest.mark.parametrize(("contexts", "targets"), WINDOWS)
def test_the_compiled_step_equals_its_python_source(contexts, targets):
    compiled, plain = tables(), tables()
    loss = step(*compiled, contexts, targets, 0.3)
    assert loss == pytest.approx(step(*plain, contexts, targets, 0.3, skipgram.step.py_func), rel=1e-5)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_huge_scores_neither_overflow_nor_move():
    w_in, w_out = np.full((3, WIDTH), 20, np.float32), np.full((3, WIDTH), 20, np.float32)
    w_out[2] *= -1
    before = w_in.copy(), w_out.copy()
    assert step(w_in, w_out, [1], [0, 2], 0.1) == pytest.approx(0, abs=1e-6)
    np.testing.assert_array_equal(w_in, before[0])
    assert math.isfinite(step(w_in, w_out, [1], [2, 0], 1e-9))
    assert np.isfinite(w_in).all()
    assert np.isfinite(w_out).all()


def block(kernel, ids, offsets, start=0, stop=None, window=2, negative=3, n_tokens=8, seed=5, lr=0.1):
    w_in, w_out = tables(n_tokens)
    ids = np.array(ids, dtype=np.int32)
    width = w_in.shape[1]
    stop = len(ids) if stop is None else stop
    document = int(np.searchsorted(offsets, start, side="right")) - 1
    answer = kernel(
        ids, np.array(offsets, dtype=np.int64), document, start, stop,
        np.full(n_tokens, ALWAYS), alias_table(noise_probabilities(np.full(n_tokens, 3))), window,
        w_in, w_out, np.float32(lr), np.array([seed], dtype=np.uint64),
        np.empty(len(ids), np.int32), np.empty(2 * window, np.int32), np.empty(1 + negative, np.int32),
        *scratch(1 + negative, 2 * window, width),
    )  # fmt: skip
    return answer, w_in, w_out


def test_the_compiled_block_equals_its_python_source():
    ids, offsets = [0, 1, 2, 3, 4, 5, 6, 7, 0, 2], [0, 4, 4, 5, 10]
    with np.errstate(over="ignore"):  # the generator multiplies modulo 2**64
        plain = block(skipgram.train_block.py_func, ids, offsets)
    compiled = block(skipgram.train_block, ids, offsets)
    assert compiled[0] == pytest.approx(plain[0], rel=1e-5)
    np.testing.assert_allclose(compiled[1], plain[1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(compiled[2], plain[2], rtol=1e-4, atol=1e-6)


def test_no_window_reaches_over_the_end_of_a_document():
    (loss, n_pairs), w_in, _ = block(skipgram.train_block, [0, 1, 2], [0, 1, 2, 3])
    assert (loss, n_pairs) == (0, 0)
    np.testing.assert_array_equal(w_in, tables()[0])


def test_a_window_of_one_pairs_each_token_with_both_sides():
    (_, n_pairs), _, _ = block(skipgram.train_block, [0, 1, 2, 3, 4], [0, 5], window=1)
    assert n_pairs == 2 * 4


def test_a_block_trains_on_its_own_ids_only():
    (_, n_pairs), w_in, _ = block(skipgram.train_block, [0, 1, 2, 3, 4, 5], [0, 6], start=2, stop=4, window=1)
    assert n_pairs == 2
    before = tables()[0]
    np.testing.assert_array_equal(w_in[[0, 1, 4, 5]], before[[0, 1, 4, 5]])
    assert not np.allclose(w_in[[2, 3]], before[[2, 3]])
