"""Vectors of texts are means of weighted vectors of tokens, however the texts are cut and grouped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tovec.text.ngrams import NgramRule
from tovec.text.text_cutter import CutTexts
from tovec.vectors import pooling
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.pooling import pooled, sums_of_runs

RNG = np.random.default_rng(0)
ROWS = RNG.standard_normal((9, 3)).astype(np.float32)


def cut(units, texts, unknown=()):
    """Return texts of units of rows, as lists."""
    flat = [np.array([one for run in runs for one in run], np.int64) for runs in (units, texts)]
    lengths = [np.array(list(map(len, runs)), np.int64) for runs in (units, texts)]
    return CutTexts(flat[0], lengths[0], flat[1], lengths[1], unknown)


def plain_mean(texts, units, rows, weights):
    """The definition: token by token, in float64."""
    found = []
    for text in texts:
        tokens = [row for unit in text for row in units[unit]]
        total = sum((rows[row].astype(np.float64) * weights[row] for row in tokens), np.zeros(rows.shape[1]))
        found.append(total / max(1, len(tokens)))
    return np.array(found).reshape(len(texts), rows.shape[1])


@given(
    st.data(), st.sampled_from([1, 8, 1 << 21]), st.sampled_from([1, 4, 1 << 16]), st.sampled_from([1, 256])
)
@settings(max_examples=60, deadline=None)
def test_mean_equals_the_definition_however_it_is_grouped(data, block, in_cache, long):
    runs = st.lists(st.integers(0, len(ROWS) - 1), max_size=6)
    units = data.draw(st.lists(runs, min_size=1, max_size=6))
    texts = data.draw(st.lists(st.lists(st.integers(0, len(units) - 1), max_size=8), max_size=8))
    weights = np.linspace(0.5, 2, len(ROWS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooling, "BLOCK_NUMBERS", block)
        patch.setattr(pooling, "_IN_CACHE", in_cache)
        patch.setattr(pooling, "_LONG", long)
        for weigh, used in ((None, np.ones(len(ROWS))), (lambda rows: weights[rows], weights)):
            found = pooled(cut(units, texts), ROWS, None, weigh)
            np.testing.assert_allclose(found, plain_mean(texts, units, ROWS, used), rtol=1e-5, atol=1e-6)
            assert found.dtype == np.float32


def test_text_without_any_row_is_zeros():
    found = pooled(cut([[0], []], [[0], [], [1, 1]]), ROWS, None, None)
    np.testing.assert_array_equal(found, [ROWS[0], [0, 0, 0], [0, 0, 0]])
    assert pooled(cut([], []), ROWS, None, None).shape == (0, 3)
    assert pooled(cut([], [[], []]), ROWS, None, None).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_unknown_tokens_have_the_vectors_of_their_ngrams_and_weigh_what_the_weights_say():
    rule = NgramRule(3, 3, buckets=10)
    table = NgramTable(rule, RNG.standard_normal((10, 3)).astype(np.float32))
    texts = cut([[0], [9, 10]], [[0, 1]], unknown=["cows", "dogs"])
    parts = [ROWS[0], table.vector("cows"), table.vector("dogs")]
    np.testing.assert_allclose(pooled(texts, ROWS, table, None)[0], np.mean(parts, axis=0), rtol=1e-5)
    weighed = pooled(texts, ROWS, table, lambda rows: np.where(rows < 9, 3.0, 1.0))
    np.testing.assert_allclose(weighed[0], (3 * parts[0] + parts[1] + parts[2]) / 3, rtol=1e-5)


def test_a_million_equal_numbers_lose_no_digits():
    rows = np.full((1, 2), 0.1, np.float32)
    sums = sums_of_runs(rows, np.zeros(1 << 20, np.int64), np.array([1 << 20]))
    np.testing.assert_allclose(sums, (1 << 20) * np.float64(rows), rtol=1e-7)


def test_rows_that_are_not_finite_reach_only_their_own_texts():
    rows = np.array([[1, 2], [np.nan, 1], [np.inf, 0], [3e38, 0]], np.float32)
    found = pooled(cut([[0], [1], [2], [3]], [[0], [0, 1], [2, 0], [3, 3]]), rows, None, None)
    np.testing.assert_array_equal(found, [[1, 2], [np.nan, 1.5], [np.inf, 1], [np.inf, 0]])
