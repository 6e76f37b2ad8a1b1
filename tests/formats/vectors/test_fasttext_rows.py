"""Means of rows, of tables in memory and lazy ones, made by one thread or several."""

from itertools import pairwise

import numpy as np
import pytest

from tovec.formats.vectors import fasttext_rows
from tovec.formats.vectors.fasttext_rows import ComposedTable, Subwords, mean_rows
from tovec.text.ngrams import NgramRule
from tovec.vectors.derived import DerivedTable

RULE = NgramRule(min_length=2, max_length=3, buckets=50)
WORDS = [f"word{n}" for n in range(30)]


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((len(WORDS) + 50, 4), dtype=np.float32)


@pytest.mark.parametrize("summed", [1, 40, 1 << 16])
def test_means_are_summed_in_float32_from_left_to_right(rows, monkeypatch, summed):
    monkeypatch.setattr(fasttext_rows, "SUMMED_BYTES", summed)
    generator = np.random.default_rng(1)
    bounds = np.append(0, np.cumsum(generator.integers(1, 9, 40)))
    ids = generator.integers(0, len(rows), bounds[-1])
    expected = np.zeros((40, 4), dtype=np.float32)
    for mean, (start, stop) in zip(expected, pairwise(bounds), strict=True):
        for row in ids[start:stop]:
            mean += rows[row]
        mean *= np.float32(1.0 / (stop - start))
    unaligned = np.frombuffer(b"x" + rows.tobytes(), np.uint8)[1:].view(np.float32).reshape(rows.shape)
    assert not unaligned.flags.aligned
    for table in (rows, unaligned, DerivedTable(rows, len(rows)), rows.copy(order="F")):
        np.testing.assert_array_equal(mean_rows(table, ids, bounds), expected)
    exact = [rows[ids[start:stop]].astype(float).mean(axis=0) for start, stop in pairwise(bounds)]
    np.testing.assert_allclose(expected, exact, rtol=1e-4, atol=1e-6)


def test_a_row_is_the_mean_of_its_own_and_its_ngrams(rows):
    table = ComposedTable(rows, Subwords(WORDS, len(WORDS), RULE, without=3))
    for word in (0, 7, 29):
        ids = [word, *(len(WORDS) + RULE.bucket(ngram) for ngram in RULE.ngrams(WORDS[word]))]
        mean = rows[ids].astype(float).mean(axis=0)
        np.testing.assert_allclose(table[word : word + 1][0], mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(table[np.array([3])][0], rows[3])


def test_ngrams_without_a_row_are_left_out(rows):
    kept = np.array([[bucket, n] for n, bucket in enumerate(range(5, 50, 3))], dtype=np.int32)
    table = ComposedTable(rows, Subwords(WORDS, len(WORDS), RULE, kept))
    row_of = dict(kept.tolist())
    buckets = [RULE.bucket(ngram) for ngram in RULE.ngrams(WORDS[4])]
    ids = [4, *(len(WORDS) + row_of[bucket] for bucket in buckets if bucket in row_of)]
    assert 1 < len(ids) < len(buckets)
    np.testing.assert_allclose(table[4:5][0], rows[ids].astype(float).mean(axis=0), rtol=1e-4, atol=1e-6)


def test_threads_compute_the_same_rows(rows, monkeypatch):
    expected = ComposedTable(rows, Subwords(WORDS, len(WORDS), RULE))[:]
    monkeypatch.setattr(fasttext_rows, "STEP", 4)
    for table in (rows, DerivedTable(rows, len(rows))):
        made = ComposedTable(table, Subwords(WORDS, len(WORDS), RULE))
        np.testing.assert_array_equal(made[5:20:2], expected[5:20:2])  # some first, then all
        np.testing.assert_array_equal(made[:], expected)


@pytest.mark.parametrize("available", [0, 1 << 40, None])
def test_matrix_is_read_whole_when_all_rows_are_wanted(rows, monkeypatch, available):
    expected = ComposedTable(rows, Subwords(WORDS, len(WORDS), RULE))[:]
    monkeypatch.setattr(fasttext_rows, "STEP", 4)
    monkeypatch.setattr(fasttext_rows, "available_bytes", lambda: available)
    table = DerivedTable(rows, len(rows))
    summed = []
    mean_rows = fasttext_rows.mean_rows
    monkeypatch.setattr(
        fasttext_rows, "mean_rows", lambda of, *runs: summed.append(of) or mean_rows(of, *runs)
    )
    np.testing.assert_array_equal(ComposedTable(table, Subwords(WORDS, len(WORDS), RULE))[:], expected)
    assert all((each is table) == (available == 0) for each in summed)


def test_row_is_computed_once(rows):
    table = ComposedTable(rows, Subwords(WORDS, len(WORDS), RULE))
    before = np.array(table[:])
    rows[:] = 0
    np.testing.assert_array_equal(table[np.arange(30)], before)


def test_nan_rows_are_averaged_without_a_warning(rows):
    rows[0], rows[1] = np.inf, np.float32(3e38)
    rows[30:] = -np.inf
    assert np.isnan(ComposedTable(rows, Subwords(WORDS, len(WORDS), RULE))[:1]).all()
