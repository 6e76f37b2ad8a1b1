"""Every method by its name: small and odd tables, seeds, reports, and what cannot be had."""

import importlib.util
import sys
from typing import Any

import numpy as np
import pytest

from tovec.errors import BadSetting, MissingExtra, TovecError
from tovec.projection import METHODS, available, project
from tovec.search.neighbor_graph import neighbor_graph

HAS_TSNE = importlib.util.find_spec("openTSNE") is not None
HERE = [method for method in METHODS if method != "tsne" or HAS_TSNE]


def table(n_rows: int, dim: int = 6) -> Any:
    return np.random.default_rng(0).standard_normal((n_rows, dim)).astype(np.float32)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("n_rows", [1, 2, 4, 20])
@pytest.mark.parametrize("method", HERE)
def test_few_rows_have_points_in_every_method(method: str, n_rows: int, dims: int) -> None:
    for vectors in (table(n_rows), np.ones((n_rows, 6), "f4"), np.zeros((n_rows, 6), "f4")):
        found = project(vectors, dims, method)
        assert found.method == method
        assert found.points.shape == (n_rows, dims)
        assert found.points.dtype == np.float32
        assert found.points.flags.c_contiguous
        assert len(found.axis_names) == dims
        assert np.isfinite(found.points).all()
        if n_rows == 1 and method != "none":
            assert not found.points.any()


@pytest.mark.parametrize("method", HERE)
def test_a_row_of_zeros_among_others_has_a_point(method: str) -> None:
    vectors = table(40)
    vectors[7] = 0
    assert np.isfinite(project(vectors, 2, method).points).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("method", HERE)
def test_rows_that_are_not_finite_get_no_point_and_do_not_change_the_others(method: str, bad: float) -> None:
    vectors = table(60)
    vectors[[7, 30], 4] = bad
    kept = np.delete(np.arange(60), [7, 30])
    shown = []

    def report(stage: Any) -> None:
        shown.extend([] if stage.points is None else [stage.points])

    found = project(vectors, 2, method, graph=neighbor_graph(vectors, 59), report=report)
    alone = project(vectors[kept], 2, method)
    assert np.isnan(found.points[[7, 30]]).all()
    np.testing.assert_array_equal(found.points[kept], alone.points)
    assert found.axis_names == alone.axis_names
    assert all(points.shape == (60, 2) and np.isnan(points[7]).all() for points in shown)
    assert method not in ("umap", "tsne") or shown


def test_a_table_of_only_nan_raises_one_line() -> None:
    with pytest.raises(TovecError, match="every row holds NaN or infinity, so there is nothing to draw"):
        project(np.full((3, 4), np.nan, "f4"), 2)


@pytest.mark.parametrize("method", [method for method in HERE if method in ("umap", "tsne")])
def test_seeds_and_a_given_graph_are_used(method: str) -> None:
    vectors = table(60)
    first, again, other = (project(vectors, 2, method, seed=seed).points for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    graph = neighbor_graph(vectors, 59)

    def report(stage: Any) -> None:
        assert stage.name != "neighbors" or stage.points is not None  # t-SNE shows its start at that stage

    np.testing.assert_array_equal(
        project(vectors, 2, method, seed=3, graph=graph, report=report).points, first
    )


def test_custom_axes_are_a_method() -> None:
    ends = np.eye(3, dtype=np.float32)
    axes = [(ends[:1], ends[1:2], "0 → 1"), (ends[1:2], ends[2:], "1 → 2")]
    found = project(ends, 2, "axes", axes=axes)
    assert (found.method, found.axis_names) == ("axes", ("0 → 1", "1 → 2"))
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found.points, [[-half, 0], [half, -half], [0, half]], atol=1e-6)


@pytest.mark.parametrize(
    ("dims", "method", "axes", "message"),
    [
        (2, "axes", None, "axes must be one for each dimension, .* not 0"),
        (2, "pca", [1, 2], "axes must be one for each dimension, with the method axes and no other, not 2"),
        (4, "umap", None, "dims must be 2 or 3 for a map, not 4"),
        (1, "umap", None, "dims must be 2 or 3 for a map, not 1"),
    ],
)
def test_settings_that_do_not_fit_raise_one_line(dims: int, method: str, axes: Any, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        project(table(5), dims, method, axes=axes)


def test_a_missing_extra_is_reported_without_importing_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [available(method) for method in ("none", "pca", "umap")] == [None] * 3
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert available("tsne") == "t-SNE needs an optional package: pip install 'tovec[projection]'"
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(MissingExtra, match="t-SNE"):
        project(table(5), 2, "tsne")


@pytest.mark.parametrize("method", ["none", "pca", "umap"])
def test_a_row_that_is_too_large_leaves_the_points_of_the_others_as_they_are(method: str) -> None:
    rows = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    others = np.delete(np.arange(200), 7)
    alone = project(rows[others], 2, method)
    rows[7] *= np.float32(1e30)
    points = project(rows, 2, method).points
    assert np.isnan(points[7]).all()
    np.testing.assert_array_equal(points[others], alone.points)
