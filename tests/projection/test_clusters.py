"""Clusters that were planted are found, and what has none, few rows or no direction is left in peace."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tovec.projection.clusters import MAX_CLUSTERS, N_TYPICAL, NONE, clusters


def planted(n_clusters: int, n_rows: int = 900, dim: int = 20, seed: int = 0) -> tuple[Any, Any]:
    """Rows around far apart directions, all moved along one more that they share; each row's cluster."""
    generator = np.random.default_rng(seed)
    centers, _ = np.linalg.qr(generator.standard_normal((dim, dim)))
    # Sizes differ, so that the order is known.
    shares = np.linspace(2, 1, n_clusters)
    codes = generator.choice(n_clusters, n_rows, p=shares / shares.sum())
    sizes = np.bincount(codes, minlength=n_clusters)
    codes = np.argsort(np.argsort(-sizes, kind="stable"))[codes]  # 0 is the most populous
    vectors = centers[codes] + 1.5 * centers[-1] + 0.08 * generator.standard_normal((n_rows, dim))
    return vectors.astype(np.float32), codes


@pytest.mark.parametrize("n_clusters", range(2, MAX_CLUSTERS + 1))
def test_planted_clusters_are_found_exactly(n_clusters: int) -> None:
    vectors, codes = planted(n_clusters)
    found = clusters(vectors)
    sizes = np.bincount(found.codes)
    assert len(sizes) == len(found.typical) == n_clusters
    assert (np.diff(sizes) <= 0).all()
    pairs = set(zip(found.codes.tolist(), codes.tolist(), strict=True))
    assert len(pairs) == n_clusters  # one planted cluster for each that was found, and the other way round
    assert found.codes.dtype == np.uint8


def test_row_lengths_blocks_and_the_seed_do_not_change_clear_clusters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, _ = planted(5)
    found = clusters(vectors)
    scales = np.random.default_rng(1).choice([2.0**-20, 0.5, 1, 64], len(vectors)).astype(np.float32)
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 70 * 20)
    scaled = clusters(vectors * scales[:, None])
    np.testing.assert_array_equal(scaled.codes, found.codes)
    np.testing.assert_array_equal(clusters(vectors, seed=9).codes, found.codes)


def test_equal_seeds_give_equal_clusters_without_clear_groups() -> None:
    vectors = np.random.default_rng(2).standard_normal((9000, 16)).astype(np.float32)  # more than the sample
    first, again = clusters(vectors, seed=3), clusters(vectors, seed=3)
    np.testing.assert_array_equal(first.codes, again.codes)
    assert first.typical == again.typical
    assert 1 <= len(first.typical) <= MAX_CLUSTERS


def test_rows_go_to_the_nearest_center_as_an_independent_k_means_places_them() -> None:
    cluster = needs("sklearn.cluster")
    vectors, _ = planted(6, n_rows=7000, seed=4)  # centers are found on a part of them
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centered = units - units.mean(axis=0)
    oracle = cluster.KMeans(6, n_init=5, random_state=0).fit(
        centered / np.linalg.norm(centered, axis=1, keepdims=True)
    )
    pairs = set(zip(clusters(vectors).codes.tolist(), oracle.labels_.tolist(), strict=True))
    assert len(pairs) == 6


def test_typical_rows_are_near_the_center_and_frequent() -> None:
    vectors, codes = planted(3)
    counts = np.ones(len(vectors))
    well_known = np.flatnonzero(codes == 1)[:15]
    counts[well_known] = 10_000
    stranger = int(well_known[0])
    vectors[stranger] += 0.9 * (vectors[codes == 2].mean(axis=0) - vectors[codes == 1].mean(axis=0)) / 2
    found = clusters(vectors, counts=counts)
    typical = found.typical[1]
    assert len(typical) == N_TYPICAL
    assert set(typical) < set(well_known.tolist()) - {stranger}
    assert all((found.codes[ids] == code).all() for code, ids in enumerate(found.typical))


def test_a_row_without_direction_is_in_no_cluster() -> None:
    vectors, _ = planted(4)
    vectors[[0, 7]] = 0
    vectors[8, 3] = np.nan
    found = clusters(vectors)
    assert np.flatnonzero(found.codes == NONE).tolist() == [0, 7, 8]
    assert len(found.typical) == 4
    assert not {0, 7, 8} & {row for ids in found.typical for row in ids}


@pytest.mark.parametrize("n_rows", [1, 2, 4, 7])
def test_few_rows_are_one_cluster(n_rows: int) -> None:
    vectors = np.random.default_rng(0).standard_normal((n_rows, 3)).astype(np.float32)
    found = clusters(vectors)
    assert not found.codes.any()
    assert [sorted(ids) for ids in found.typical] == [list(range(n_rows))]


def test_equal_rows_are_one_cluster_and_zeros_none() -> None:
    equal = clusters(np.full((50, 3), 0.3, np.float32))
    assert not equal.codes.any()
    assert len(equal.typical) == 1
    zeros = clusters(np.zeros((20, 3), np.float32))
    assert (zeros.codes == NONE).all()
    assert zeros.typical == []


def test_all_stages_are_reported_and_an_error_of_the_reporter_ends_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tovec.progress.INTERVAL_S", 0.0)
    stages: list[Any] = []
    vectors, _ = planted(4)
    clusters(vectors, report=stages.append)
    names = [stage.name for stage in stages]
    assert list(dict.fromkeys(names)) == [
        "clusters",
        "clusters: reading",
        "clusters: centers",
        "clusters: rows",
    ]
    assert all(0 <= stage.done <= stage.total == 1 for stage in stages)

    def stop(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clusters(vectors, report=stop)
