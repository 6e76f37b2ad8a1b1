"""Tables in one picture: what only turned lies still, and what moved is what moves."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tovec.errors import BadSetting, TovecError
from tovec.projection.aligned import aligned
from tovec.projection.pca import pca
from tovec.projection.points import Projection


def table(n_rows: int = 300, dim: int = 12, seed: int = 0) -> Any:
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n_rows, dim)) * np.geomspace(3, 0.3, dim) + 0.5).astype(np.float32)


def rotation(dim: int, seed: int = 1) -> Any:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0].astype(np.float32)


def same(n_rows: int = 300) -> Any:
    return np.arange(n_rows), np.arange(n_rows)


def test_rotated_copies_of_a_table_get_the_same_points() -> None:
    vectors = table()
    copies = [vectors, vectors @ rotation(12), vectors @ rotation(12, 2)]
    found = aligned(copies, 3, shared=[same(), same()])
    np.testing.assert_array_equal(found[0].points, pca(vectors, 3).points)
    for projection in found[1:]:
        np.testing.assert_allclose(projection.points, found[0].points, atol=1e-4)
        np.testing.assert_allclose(
            projection.explained_variance_ratio, found[0].explained_variance_ratio, rtol=1e-4
        )
        assert projection.axis_names == found[0].axis_names
    # On its own, a rotated copy has other axes: here at least one of them is mirrored.
    assert np.abs(pca(copies[1], 3).points - found[0].points).max() > 1


def test_only_the_token_whose_vector_moved_moves_in_the_projection() -> None:
    vectors = table()
    later = vectors @ rotation(12)
    later[17] = vectors[40] @ rotation(12)
    first, second = aligned([vectors, later], 2, shared=[same()])
    moved = np.linalg.norm(second.points - first.points, axis=1)
    assert moved.argmax() == 17
    assert np.delete(moved, 17).max() < 0.05 * moved[17]
    np.testing.assert_allclose(second.points[17], first.points[40], atol=0.05)


def test_tables_with_other_rows_are_rotated_by_the_rows_they_share() -> None:
    vectors = table()
    order = np.random.default_rng(3).permutation(300)[:200]
    later = np.vstack(
        [vectors[order] @ rotation(12), table(50, seed=9)]
    )  # some gone, some new, in another order
    first, second = aligned([vectors, later], 3, shared=[(order[:150], np.arange(150))])
    assert second.points.shape == (250, 3)
    np.testing.assert_allclose(second.points[:200], first.points[order], atol=1e-4)


def test_a_single_shared_row_rotates_nothing() -> None:
    vectors = table()
    first, second = aligned([vectors, vectors], 3, shared=[(np.array([3]), np.array([3]))])
    np.testing.assert_allclose(second.points, first.points, atol=1e-5)


def test_a_table_of_another_dim_is_aligned_by_its_points_and_so_are_later_tables() -> None:
    vectors = table()
    wider = np.hstack([vectors, np.zeros((300, 4), np.float32)]) @ rotation(16) * np.float32(2)
    first, second, third = aligned([vectors, wider, wider @ rotation(16, 7)], 3, shared=[same(), same()])
    np.testing.assert_allclose(second.points, first.points, atol=1e-4)
    np.testing.assert_allclose(third.points, first.points, atol=1e-3)
    assert third.explained_variance_ratio is None


def test_separate_maps_are_rotated_mirrored_and_scaled_onto_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rotation, mirroring, size and place of a map are arbitrary; here they differ from map to map."""
    turns = [np.eye(2), 3 * rotation(2), np.array([[0.5, 0], [0, -0.5]])]

    def umap(vectors: Any, dims: int, *, seed: int, report: Any) -> Projection:
        return Projection(
            (vectors[:, :dims] @ turns.pop(0) + len(turns)).astype(np.float32), "umap", ("1", "2")
        )

    monkeypatch.setitem(sys.modules, "tovec.projection.umap", SimpleNamespace(umap=umap))
    vectors = table()
    moved = vectors.copy()
    moved[17] = 9
    first, second, third = aligned([vectors, vectors, moved], 2, "umap", shared=[same(), same()])
    np.testing.assert_allclose(second.points, first.points, atol=1e-4)
    distance = np.linalg.norm(third.points - first.points, axis=1)
    assert distance.argmax() == 17
    assert np.delete(distance, 17).max() < 0.2 * distance[17]
    assert third.method == "umap"


def test_a_table_without_variance_or_rows_without_direction_stay_finite() -> None:
    equal = np.ones((5, 4), np.float32)
    for later in (equal, np.zeros((5, 4), np.float32), np.ones((5, 6), np.float32)):
        found = aligned([equal, later], 2, shared=[same(5)])
        assert all(np.isfinite(projection.points).all() for projection in found)


def test_tables_that_cannot_be_aligned_raise_one_line() -> None:
    vectors = table()
    with pytest.raises(BadSetting, match="method must be one of pca, umap for several tables"):
        aligned([vectors], 2, "tsne", shared=[])
    with pytest.raises(BadSetting, match="a pair of ids between every two of 2 tables"):
        aligned([vectors, vectors], 2, shared=[])
    with pytest.raises(BadSetting, match="as many ids in both tables"):
        aligned([vectors, vectors], 2, shared=[(np.arange(3), np.arange(4))])
    with pytest.raises(TovecError, match="tables 1 and 2 share no token"):
        aligned([vectors, vectors], 2, shared=[same(0)])


def test_an_error_of_the_reporter_ends_the_work() -> None:
    def stop(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        aligned([table(1100, 1100), table(1100, 1100)], 2, shared=[same()], report=stop)
