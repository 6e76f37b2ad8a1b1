"""Trustworthiness against scikit-learn, kept neighbors against counting them."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tovec.progress import StageReporter
from tovec.projection import project, trust
from tovec.projection.trust import _ranks
from tovec.search.neighbor_graph import neighbor_graph


def table(n_rows: int, dim: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((n_rows, dim)).astype(np.float32)


def nearest_in(points: Any, k: int) -> Any:
    squared = ((points[:, None].astype(np.float64) - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    return np.argsort(squared, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize(("n_rows", "dims"), [(400, 2), (101, 3), (35, 2)])
def test_trustworthiness_equals_that_of_scikit_learn(n_rows: int, dims: int) -> None:
    manifold = needs("sklearn.manifold")
    vectors = table(n_rows, 10)
    for points in (project(vectors, dims, "pca").points, table(n_rows, dims, seed=1)):
        found = trust(points, vectors)
        oracle = manifold.trustworthiness(vectors, points, n_neighbors=15, metric="cosine")
        assert found.trustworthiness == pytest.approx(oracle, abs=1e-6)
        assert found.n_sampled == n_rows


@pytest.mark.parametrize("n_rows", [3, 4, 20, 30])
def test_few_rows_are_measured_with_fewer_neighbors(n_rows: int) -> None:
    manifold = needs("sklearn.manifold")
    vectors, points = table(n_rows, 6), table(n_rows, 2, seed=1)
    k = min(15, (n_rows - 1) // 2)
    found = trust(points, vectors)
    oracle = manifold.trustworthiness(vectors, points, n_neighbors=k, metric="cosine")
    assert found.trustworthiness == pytest.approx(oracle, abs=1e-6)


@pytest.mark.parametrize("n_rows", [1, 2])
def test_one_or_two_rows_have_perfect_trust(n_rows: int) -> None:
    vectors = table(n_rows, 4)
    found = trust(vectors[:, :2], vectors)
    assert (found.trustworthiness, found.kept, found.n_sampled) == (1.0, 1.0, n_rows)


def test_kept_is_the_share_of_neighbors_that_are_near_in_both() -> None:
    vectors, points = table(300, 4), table(300, 4)[:, :3]
    graph = neighbor_graph(vectors)
    near = nearest_in(points, 15)
    shares = [len(set(near[row]) & set(graph.ids[row])) / 15 for row in range(300)]
    assert trust(points, vectors).kept == pytest.approx(np.mean(shares))


def test_a_projection_that_changes_nothing_is_perfect() -> None:
    directions = np.random.default_rng(0).random(200) * 2 * np.pi
    vectors = np.stack([np.cos(directions), np.sin(directions)], axis=1).astype(np.float32)
    found = trust(vectors, vectors)
    assert found.trustworthiness > 0.99999
    assert found.kept > 0.99


def test_a_sample_agrees_with_all_rows_and_depends_only_on_the_seed() -> None:
    vectors = table(3000, 8)
    points = project(vectors, 3, "pca").points
    whole = trust(points, vectors, sample=3000)
    part = trust(points, vectors, sample=1000)
    assert (whole.n_sampled, part.n_sampled) == (3000, 1000)
    assert part.kept == pytest.approx(whole.kept, abs=0.02)
    assert part.trustworthiness == pytest.approx(whole.trustworthiness, abs=0.01)
    assert trust(points, vectors, sample=1000) == part
    assert trust(points, vectors, sample=1000, seed=1) != part


def test_ranks_are_places_among_the_sorted_cosines_with_ties_by_id() -> None:
    # Along axes alone cosines are exact, so many are equal; some rows are zeros.
    generator = np.random.default_rng(0)
    vectors = np.eye(3, dtype=np.float32)[generator.integers(0, 3, 90)]
    vectors *= generator.choice(np.float32([0, -2, 1, 4]), (90, 1))
    near = np.array(
        [[other for other in range(90) if other != row][::7] for row in range(90)], dtype=np.int32
    )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -9)
    order = np.argsort(-cosines, axis=1, kind="stable")
    places = np.argsort(order, axis=1) + 1
    np.testing.assert_array_equal(
        _ranks(vectors, np.arange(90), near, StageReporter(None)), np.take_along_axis(places, near, axis=1)
    )


@pytest.mark.parametrize("row", [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
def test_rows_that_all_point_the_same_way_leave_nothing_to_measure(row: list[float]) -> None:
    lengths = np.arange(1, 61, dtype=np.float32)[:, None]
    found = trust(table(60, 2), lengths * np.array([row], np.float32))
    assert np.isnan([found.trustworthiness, found.kept]).all()
    assert not np.isnan(trust(table(60, 2), lengths * row + np.eye(60, 3, dtype=np.float32)).kept)
