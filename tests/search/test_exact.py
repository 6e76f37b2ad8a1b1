"""Exact search against a definition in plain NumPy; ties, rows without direction, excluded rows, blocks."""

import numpy as np
import pytest

from tovec.search.exact import LAST, best, nearest, rounding
from tovec.vectors.cosine import row_norms

ROWS = np.array([[1, 0], [0, 2], [3, 0], [-1, 0], [0, 0], [1, 1], [np.nan, 1]], np.float32)


def definition(rows, query):
    """Return ids from the highest cosine down, ties by id, rows without direction last."""
    wide = np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, 0).astype(np.float64)
    lengths = np.sqrt((wide**2).sum(axis=1))
    cosines = wide @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    return sorted(range(len(rows)), key=lambda row: (lengths[row] == 0, -np.float32(cosines[row]), row))


def test_order_and_cosines_of_a_small_table_are_those_worked_out_by_hand():
    (found,), norms = nearest(ROWS, None, np.array([[2.0, 0.0]]), 10, [[]])
    assert found.ids.tolist() == [0, 2, 5, 1, 3, 4, 6]
    np.testing.assert_allclose(found.similarities, [1, 1, 0.5**0.5, 0, -1, 0, 0], atol=1e-7)
    np.testing.assert_allclose(norms, [1, 2, 3, 1, 0, 2**0.5, 0])


@pytest.mark.parametrize("block", [1, 7 * 24, 1 << 21])
@pytest.mark.parametrize("scores", [1, 3000, 1 << 24])
def test_answers_do_not_depend_on_blocks_or_on_how_many_queries_are_scored_at_once(
    block, scores, monkeypatch
):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", block)
    monkeypatch.setattr("tovec.search.exact.MAX_SCORES", scores)
    rng = np.random.default_rng(0)
    rows = rng.integers(-2, 3, (300, 24)).astype(np.float32)
    queries = rng.standard_normal((5, 24))
    found, norms = nearest(rows, None, queries, 20, [[]] * 5)
    assert [each.ids.tolist() for each in found] == [definition(rows, query)[:20] for query in queries]
    again, same = nearest(rows, norms, queries, 20, [[]] * 5)
    assert same is norms
    for one, other in zip(found, again, strict=True):
        assert one.similarities.tobytes() == other.similarities.tobytes()
    np.testing.assert_array_equal(norms, row_norms(rows))


def test_left_out_rows_are_never_found():
    queries = np.array([[1.0, 0.0], [0.0, 1.0]])
    found, _ = nearest(ROWS, None, queries, 2, [[0, 2], [1]])
    assert [each.ids.tolist() for each in found] == [[5, 1], [5, 0]]
    ((nothing,), _) = nearest(ROWS, None, queries[:1], 3, [range(7)])
    assert nothing.ids.shape == nothing.similarities.shape == (0,)


def test_rows_within_the_error_of_their_score_are_measured_again():
    rows = np.eye(4, dtype=np.float32) + np.float32(0.5)
    query = rows[2].astype(np.float64)
    scores = np.full(4, 0.9, np.float32)  # says nothing about which is best
    assert best(rows, query, scores, 0.2, 1, []).ids.tolist() == [2]
    scores = np.array([0.9, 0.9, LAST, 0.9], np.float32)
    assert best(rows, query, scores, 0.2, 4, [1]).ids.tolist() == [0, 3, 2]


@pytest.mark.parametrize("dim", [1, 100, 4096])
def test_rounding_bounds_the_error_of_a_float32_cosine(dim):
    rng = np.random.default_rng(dim)
    units = rng.standard_normal((200, dim))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    exact = units @ units[0]
    rounded = units.astype(np.float32) @ units[0].astype(np.float32)
    assert np.abs(exact - rounded).max() <= rounding(dim)
