"""Axes equal those of scikit-learn, around the mean and around the origin, read in blocks of any size."""

import numpy as np
import pytest
from needs import needs

from tovec.progress import StageReporter
from tovec.vectors.principal_axes import along, axes_around_origin, mean_and_total, principal_axes


def table(n_rows, dim, seed=0, offset=0.0):
    """Rows that vary along each dimension less than along the one before."""
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((n_rows, dim)) * np.geomspace(3, 0.3, dim) + offset
    return rows.astype(np.float32)


def test_axes_and_points_around_the_mean_equal_those_of_scikit_learn(monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 700)
    rows = table(1000, 12, offset=30.0)
    fitted = needs("sklearn.decomposition").PCA(5, svd_solver="full").fit(rows.astype(np.float64))
    axes = principal_axes(rows, 5, 0, StageReporter(None))
    signs = np.sign((axes.directions * fitted.components_).sum(axis=1))
    np.testing.assert_allclose(axes.mean, fitted.mean_, rtol=1e-6)
    np.testing.assert_allclose(axes.directions, fitted.components_ * signs[:, None], atol=1e-5)
    np.testing.assert_allclose(axes.variances / axes.total, fitted.explained_variance_ratio_, rtol=1e-5)
    points = along(rows, axes.mean, axes.directions, 7, StageReporter(None))
    np.testing.assert_allclose(points[:, :5], fitted.transform(rows) * signs, atol=1e-4)
    assert not points[:, 5:].any()


def test_mean_and_total_equal_sums_in_float64():
    rows = table(3000, 6, offset=100.0)
    wide = rows.astype(np.float64)
    mean, total = mean_and_total(rows, StageReporter(None))
    np.testing.assert_allclose(mean, wide.mean(axis=0), rtol=1e-7)
    assert total == pytest.approx(((wide - wide.mean(axis=0)) ** 2).sum(), rel=1e-6)


@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_axes_around_the_origin_equal_those_of_scikit_learn(offset, monkeypatch):
    """TruncatedSVD: principal components around the origin."""
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 700)
    rows = table(1000, 12, offset=offset)
    fitted = needs("sklearn.decomposition").TruncatedSVD(5, algorithm="arpack").fit(rows.astype(np.float64))
    axes, explained = axes_around_origin(rows, 5)
    signs = np.sign((axes.T * fitted.components_).sum(axis=1))
    np.testing.assert_allclose(axes.T, fitted.components_ * signs[:, None], atol=1e-7)
    share = (fitted.singular_values_**2).sum() / (rows.astype(np.float64) ** 2).sum()
    assert explained == pytest.approx(share, rel=1e-10)


def test_largest_component_of_each_axis_around_the_origin_is_positive():
    axes, _ = axes_around_origin(table(200, 9), 9)
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(9)] > 0).all()
