"""All-but-the-top against scikit-learn's PCA, in blocks of any size; and what must stay as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSetting, TovecError
from tovec.vectors import principal_axes
from tovec.vectors.common_components import RemainderTable, common_components


def table(n_rows, dim, seed=0, offset=3.0):
    """Rows with a mean, that vary along some directions more than along others."""
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((n_rows, dim)) * np.geomspace(4, 0.4, dim)
    turn, _ = np.linalg.qr(generator.standard_normal((dim, dim)))
    return (rows @ turn + offset).astype(np.float32)


def remainder(rows, n):
    return RemainderTable(rows, common_components(rows, n, "n"), keeps_zeros=True)[:]


@pytest.mark.parametrize("n", [0, 1, 3, 11])
@pytest.mark.parametrize("shape", [(1000, 12), (12, 40)])
def test_remainder_is_what_the_components_of_scikit_learn_leave(shape, n, monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 700)
    rows = table(*shape)
    if n >= min(rows.shape) - 1:
        n = min(rows.shape) - 2
    wide = rows.astype(np.float64)
    fitted = needs("sklearn.decomposition").PCA(max(n, 1), svd_solver="full").fit(wide)
    components = fitted.components_[:n]
    expected = wide - fitted.mean_
    expected -= expected @ components.T @ components
    found = remainder(rows, n)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-5)
    share = common_components(rows, n, "n").share
    assert share == pytest.approx(1 - (expected**2).sum() / (wide**2).sum(), abs=1e-6)


def test_a_wide_table_of_many_rows_is_read_a_few_times_more_and_its_components_are_the_same(monkeypatch):
    rows = table(500, 400)
    exact = remainder(rows, 2)
    monkeypatch.setattr(principal_axes, "MAX_EXACT", 30)
    np.testing.assert_allclose(remainder(rows, 2), exact, atol=1e-2 * np.abs(exact).max())


def test_float16_rows_are_those_of_their_float32():
    rows = table(200, 8).astype(np.float16)
    np.testing.assert_array_equal(remainder(rows, 2), remainder(rows.astype(np.float32), 2))


@given(st.integers(3, 60), st.integers(2, 9), st.integers(0, 8), st.integers(0, 2**32 - 1))
def test_rows_have_no_mean_and_do_not_vary_along_what_was_removed(n_rows, dim, n, seed):
    n = min(n, dim - 1, n_rows - 2)
    rows = table(n_rows, dim, seed)
    common = common_components(rows, n, "n")
    left = RemainderTable(rows, common, keeps_zeros=True)[:].astype(np.float64)
    assert np.abs(left.mean(axis=0)).max() < 1e-5
    along = left @ common.directions.T
    assert along.shape == (n_rows, n) and np.abs(along).max(initial=0) < 1e-5
    assert 0 <= common.share < 1


def test_rows_that_share_a_direction_point_apart_without_it():
    rows = table(500, 20, offset=8.0)

    def mean_cosine(vectors):
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return float(np.square(units.mean(axis=0)).sum())

    assert mean_cosine(rows) > 0.9
    assert mean_cosine(remainder(rows, 0)) < 0.02


def test_rows_without_direction_do_not_count_and_stay_as_they_are():
    rows = table(50, 5)
    odd = np.array([[0.0] * 5, [np.nan] * 5, [1, np.inf, 0, -np.inf, np.nan], [-0.0] * 5], np.float32)
    spoiled = np.insert(rows, [0, 10, 20, 50], odd, axis=0)
    found = remainder(spoiled, 2)
    np.testing.assert_array_equal(found[[0, 11, 22, 53]], odd)
    np.testing.assert_allclose(np.delete(found, [0, 11, 22, 53], axis=0), remainder(rows, 2), atol=1e-5)


def test_rows_of_zeros_change_too_where_they_are_not_kept():
    rows = np.vstack([table(50, 5), np.zeros((1, 5), np.float32)])
    common = common_components(rows, 1, "n")
    found = RemainderTable(rows, common, keeps_zeros=False)[50]
    expected = -common.mean + (common.mean @ common.directions.T) @ common.directions
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_single_row_and_rows_by_id_equal_those_of_the_whole():
    rows = np.vstack([table(30, 6), np.zeros((1, 6), np.float32)])
    made = RemainderTable(rows, common_components(rows, 2, "n"), keeps_zeros=True)
    for ids in (3, -1, [30, 4, 4], np.array([[1, 30], [2, 3]])):
        np.testing.assert_allclose(made[ids], made[:][ids], atol=1e-6)


@pytest.mark.parametrize(
    ("rows", "n", "message"),
    [
        (table(9, 4), -1, "n must be a whole number from 0 up, not -1"),
        (table(9, 4), 1.5, "n must be a whole number from 0 up, not 1.5"),
        (table(9, 4), "two", "n must be a whole number from 0 up, not 'two'"),
        (table(9, 4), None, "n must be a whole number from 0 up, not None"),
        (table(9, 4), 4, "n must be below 4, the length of the vectors, not 4"),
        (table(9, 1), 1, "n must be below 1, the length of the vectors, not 1"),
        (table(2, 4), 1, "n must be below 1, the number of directions in which the rows vary, not 1"),
        (table(3, 9), 5, "n must be below 2, the number of directions in which the rows vary, not 5"),
        (table(500, 9)[:, [0, 1, 0, 1]], 2, "n must be below 2, the number of directions"),
    ],
)
def test_a_number_that_would_leave_nothing_is_refused(rows, n, message):
    with pytest.raises(BadSetting, match=f"^{message}"):
        common_components(rows, n, "n")


@pytest.mark.parametrize("n", [0, 1])
def test_rows_without_differences_are_refused(n):
    for rows in (table(1, 4), np.repeat(table(1, 4), 7, axis=0)):
        with pytest.raises(TovecError, match=r"^all rows with a direction are equal, so nothing is left"):
            common_components(rows, n, "n")
    for rows in (np.zeros((3, 4), np.float32), np.full((3, 4), np.nan, np.float32), np.zeros((0, 4))):
        with pytest.raises(TovecError, match=r"^no row has a direction"):
            common_components(rows, n, "n")


def test_two_rows_become_opposite():
    found = remainder(table(2, 4), 0)
    np.testing.assert_allclose(found[0], -found[1], atol=1e-6)
