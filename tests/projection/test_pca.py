"""Principal components against scikit-learn, and what they do where there is little to project."""

from typing import Any

import numpy as np
import pytest
from needs import needs

import tovec.vectors.principal_axes
from tovec.errors import BadSetting, TovecError
from tovec.projection import default_method, project
from tovec.projection.pca import pca


def table(n_rows: int, dim: int, seed: int = 0) -> Any:
    """Rows far from the origin that vary along many directions, each less than the one before."""
    generator = np.random.default_rng(seed)
    mixed = generator.standard_normal((n_rows, dim)) * np.geomspace(5, 0.2, dim)
    turn, _ = np.linalg.qr(generator.standard_normal((dim, dim)))
    return (mixed @ turn + 30).astype(np.float32)


class RowsOnly:
    """What a lazy table promises: a shape, a type, and rows by slice."""

    def __init__(self, rows: Any) -> None:
        self.rows, self.shape, self.dtype = rows, rows.shape, rows.dtype

    def __getitem__(self, key: Any) -> Any:
        assert isinstance(key, slice)
        return self.rows[key]


@pytest.mark.parametrize(("n_rows", "dim"), [(500, 20), (9, 20), (20, 20), (2, 3), (40_000, 50)])
def test_points_and_ratios_equal_those_of_scikit_learn(n_rows: int, dim: int) -> None:
    decomposition = needs("sklearn.decomposition")
    vectors = table(n_rows, dim)
    n_axes = min(3, n_rows - 1)
    oracle = decomposition.PCA(n_axes, svd_solver="full").fit(vectors.astype(np.float64))
    expected = oracle.transform(vectors.astype(np.float64))

    found = project(vectors, 3, "pca")

    assert found.points.dtype == np.float32
    signs = np.sign((expected * found.points[:, :n_axes]).sum(axis=0))
    np.testing.assert_allclose(found.points[:, :n_axes], expected * signs, atol=2e-5, rtol=1e-5)
    np.testing.assert_allclose(found.explained_variance_ratio[:n_axes], oracle.explained_variance_ratio_)
    np.testing.assert_allclose(found.points[:, n_axes:], 0, atol=1e-5)


def exact_axes(vectors: Any) -> tuple[Any, Any]:
    """Every variance ratio and direction, in float64, by the singular values of the whole table."""
    centered = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, spread, directions = np.linalg.svd(centered, full_matrices=False)
    return spread**2 / (spread**2).sum(), directions


@pytest.mark.parametrize(("n_rows", "dim"), [(1500, 1030), (1030, 1500)])
def test_a_table_too_wide_for_its_covariance_has_the_same_axes(n_rows: int, dim: int) -> None:
    generator = np.random.default_rng(1)
    spectrum = (np.arange(1, dim + 1) ** -0.4).astype(np.float32)
    vectors = generator.standard_normal((n_rows, dim), dtype=np.float32) * spectrum + 30
    ratios, directions = exact_axes(vectors)
    expected = (vectors - vectors.mean(axis=0, dtype=np.float64)) @ directions[:3].T

    found = pca(RowsOnly(vectors), 3)

    np.testing.assert_allclose(found.explained_variance_ratio, ratios[:3], rtol=1e-5)
    signs = np.sign((expected * found.points).sum(axis=0))
    np.testing.assert_allclose(found.points, expected * signs, atol=2e-3 * np.abs(expected).max())
    np.testing.assert_array_equal(pca(vectors, 3).points, found.points)
    # Another random start shows below the tolerance alone.
    np.testing.assert_allclose(
        pca(vectors, 3, seed=5).points, found.points, atol=2e-3 * np.abs(expected).max()
    )


@pytest.mark.parametrize("rank", [0, 1, 2, 395])
def test_a_table_of_low_rank_has_no_further_components(monkeypatch: pytest.MonkeyPatch, rank: int) -> None:
    monkeypatch.setattr(tovec.vectors.principal_axes, "MAX_EXACT", 30)
    generator = np.random.default_rng(2)
    vectors = (generator.standard_normal((500, rank)) @ generator.standard_normal((rank, 400)) + 3).astype(
        "f4"
    )
    ratios, _ = exact_axes(vectors) if rank else (np.zeros(3), None)
    found = project(vectors, 3, "pca")
    np.testing.assert_allclose(found.explained_variance_ratio, ratios[:3], atol=1e-6)
    assert np.isfinite(found.points).all()
    np.testing.assert_allclose(found.points[:, rank:], 0, atol=1e-3)


def test_a_table_with_equal_variance_in_all_directions_gets_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tovec.vectors.principal_axes, "MAX_EXACT", 30)
    vectors = np.random.default_rng(3).standard_normal((2000, 400), dtype=np.float32)
    ratios, _ = exact_axes(vectors)
    found = project(vectors, 3, "pca")
    np.testing.assert_allclose(found.explained_variance_ratio, ratios[:3], rtol=1e-3)


def test_an_error_of_the_reporter_ends_the_work() -> None:
    def stop(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pca(table(1100, 1100), 2, report=stop)


def test_a_lazy_table_read_in_many_blocks_gives_the_same_points(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = table(1000, 8)
    at_once = project(vectors, 2, "pca")
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 7 * 8)
    in_blocks = project(RowsOnly(vectors), 2, "pca")
    np.testing.assert_allclose(in_blocks.points, at_once.points, atol=1e-5)


@pytest.mark.parametrize("n_rows", [5, 200])
def test_largest_component_of_each_axis_is_positive(n_rows: int) -> None:
    vectors = table(n_rows, 6)
    found, mirrored = project(vectors, 3, "pca"), project(-vectors, 3, "pca")
    centered = vectors - vectors.mean(axis=0, dtype=np.float64)
    axes = found.points.T @ centered  # the directions times their variances
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    assert (largest > 0).all()
    np.testing.assert_allclose(mirrored.points, -found.points, atol=1e-4)


def test_points_on_a_line_lie_on_the_first_axis_at_their_distances() -> None:
    vectors = np.array([[0, 0, 0], [3, 4, 0], [6, 8, 0]], dtype=np.float32)
    found = project(vectors, 2, "pca")
    np.testing.assert_allclose(found.points, [[-5, 0], [0, 0], [5, 0]], atol=1e-6)
    np.testing.assert_allclose(found.explained_variance_ratio, [1, 0], atol=1e-12)
    assert found.axis_names == ("PC 1 (100 % of variance)", "PC 2 (0 % of variance)")


@pytest.mark.parametrize("n_rows", [1, 3, 7, 100_001])
def test_equal_rows_lie_on_the_origin_and_explain_nothing(n_rows: int) -> None:
    vectors = np.tile(np.float32([0.1, 0.7, -1e-3]), (n_rows, 1))
    found = project(vectors, 3, "pca")
    assert not found.points.any()
    assert found.explained_variance_ratio.tolist() == [0, 0, 0]
    assert found.axis_names[0] == "PC 1 (0 % of variance)"


def test_method_none_keeps_the_first_dimensions_exactly() -> None:
    vectors = table(50, 5)
    found = project(vectors, 3, "none")
    assert found.points.tobytes() == vectors[:, :3].tobytes()
    assert found.axis_names == ("dimension 1", "dimension 2", "dimension 3")
    assert found.explained_variance_ratio is None


def test_up_to_three_dimensions_are_drawn_as_they_are_and_more_by_pca() -> None:
    assert [default_method(dim, 2) for dim in (1, 2, 3, 4, 300)] == ["none", "none", "none", "pca", "pca"]
    assert project(table(9, 4), 3).method == "pca"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((4, 2)), 3), "dims must be at most 2"),
        ((np.ones((4, 2)), 0), "dims must be at least 1"),
        ((np.ones((4, 2)), 2, "umpa"), "method must be one of none, pca, umap, tsne, not 'umpa'"),
        ((np.ones((0, 2)), 2), "no tokens to draw"),
    ],
)
def test_tables_that_cannot_be_projected_raise_one_line(arguments: Any, message: str) -> None:
    with pytest.raises(TovecError, match=message) as caught:
        project(*arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("n_rows", "dim"), [(50, 6), (400, 370)])
def test_numbers_whose_squares_overflow_raise_one_line(
    monkeypatch: pytest.MonkeyPatch, n_rows: int, dim: int
) -> None:
    monkeypatch.setattr(tovec.vectors.principal_axes, "MAX_EXACT", 30)
    with pytest.raises(TovecError, match="too large to be projected"):
        project(table(n_rows, dim) * np.float32(1e25), 2, "pca")


def test_unknown_method_is_a_bad_setting() -> None:
    with pytest.raises(BadSetting, match="som"):
        project(table(5, 4), 2, "som")
