"""Neighbors across two tables are those of NumPy in float64; CSLS is its formula, written out."""

import numpy as np
import pytest

from tovec.progress import StageReporter
from tovec.search.across import K, csls_penalties, mutual_nearest, nearest_across
from tovec.search.exact_graph import START

NO_REPORT = StageReporter(None)


def table(n_rows, dim=7, seed=0):
    return np.random.default_rng(seed).standard_normal((n_rows, dim)).astype(np.float32)


def cosines(one, other):
    one, other = (rows.astype(np.float64) for rows in (one, other))
    units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (one, other)]
    return units[0] @ units[1].T


def csls(one, other):
    """2 cos(x, y) − r(x) − r(y), as Conneau et al. 2018 write it, with means over the 10 nearest."""
    cos = cosines(one, other)
    nearest_of_x = np.sort(cos, axis=1)[:, -10:].mean(axis=1)
    nearest_of_y = np.sort(cos, axis=0)[-10:].mean(axis=0)
    return 2 * cos - nearest_of_x[:, None] - nearest_of_y


@pytest.mark.parametrize(("n", "n_rows"), [(1, 1), (3, 700), (700, 3), (1100, 1300)])
def test_nearest_by_cosine_are_those_of_numpy(n, n_rows):
    queries, rows = table(n), table(n_rows, seed=1)
    k = min(5, n_rows)
    ids, scores = nearest_across(queries, rows, k, NO_REPORT)
    expected = cosines(queries, rows)
    np.testing.assert_array_equal(ids, np.argsort(-expected, axis=1)[:, :k])
    np.testing.assert_allclose(scores, np.sort(expected, axis=1)[:, ::-1][:, :k], atol=1e-6)


def test_nearest_by_csls_are_those_of_its_formula():
    queries, rows = table(600, dim=5), table(900, dim=5, seed=1)
    penalties = csls_penalties(queries, rows, NO_REPORT)
    ids, scores = nearest_across(queries, rows, 4, NO_REPORT, penalties)
    expected = csls(queries, rows)
    np.testing.assert_array_equal(ids, np.argsort(-expected, axis=1)[:, :4])
    np.testing.assert_array_less(np.diff(scores, axis=1), 1e-7)
    cosine_of_found = (scores + penalties[ids]).astype(np.float64)
    np.testing.assert_allclose(
        cosine_of_found, np.take_along_axis(cosines(queries, rows), ids, axis=1), atol=1e-6
    )
    np.testing.assert_allclose(
        2 * penalties, np.sort(cosines(queries, rows), axis=0)[-10:].mean(axis=0), atol=1e-6
    )


def test_mutual_nearest_are_those_of_the_formula():
    one, other = table(500), table(400, seed=1)
    expected = csls(one, other)
    forth, back = expected.argmax(axis=1), expected.argmax(axis=0)
    rows = np.flatnonzero(back[forth] == np.arange(500))
    found = mutual_nearest(one, other, NO_REPORT)
    np.testing.assert_array_equal(found, np.stack([rows, forth[rows]], axis=1))
    assert len(found) > 50


def test_a_hub_is_nearest_by_cosine_and_not_by_csls():
    angles = np.radians(np.concatenate([np.linspace(-2, 2, 40), [50]]))
    queries = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    rows = np.array([[1.0, 0.0], [np.cos(np.radians(110)), np.sin(np.radians(110))]], dtype=np.float32)
    assert nearest_across(queries[40:], rows, 1, NO_REPORT)[0].item() == 0  # 50 degrees against 60
    penalties = csls_penalties(queries, rows, NO_REPORT)
    assert nearest_across(queries[40:], rows, 1, NO_REPORT, penalties)[0].item() == 1


def test_rows_without_direction_are_never_found_and_do_not_count():
    queries, rows = table(30), table(30, seed=1)
    odd_queries, odd_rows = (
        np.concatenate([odd[:3], each]) for odd, each in ((_odd(), queries), (_odd(), rows))
    )
    penalties = csls_penalties(odd_queries, odd_rows, NO_REPORT)
    np.testing.assert_allclose(penalties[3:], csls_penalties(queries, rows, NO_REPORT), atol=1e-7)
    ids, scores = nearest_across(queries, odd_rows, 33, NO_REPORT, penalties)
    assert (ids[:, :30] >= 3).all() and (scores[:, 30:] == START).all()
    assert (mutual_nearest(odd_queries, odd_rows, NO_REPORT) >= 3).all()


def _odd():
    return np.array([[0] * 7, [np.nan] * 7, [np.inf] + [1] * 6], dtype=np.float32)


def test_a_table_of_fewer_rows_than_csls_looks_at_counts_those_that_there_are():
    queries, rows = table(4), table(3, seed=1)
    assert K > 4
    expected = cosines(queries, rows).mean(axis=0) / 2
    np.testing.assert_allclose(csls_penalties(queries, rows, NO_REPORT), expected, atol=1e-6)
