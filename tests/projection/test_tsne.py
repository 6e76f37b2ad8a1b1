"""t-SNE from exact neighbors: what it keeps together, small tables, and how it is followed and stopped."""

import sys
from typing import Any

import numpy as np
import pytest
from needs import needs

import tovec.projection.tsne
from tovec.errors import BadSetting, MissingExtra, TovecError
from tovec.progress import StageReporter
from tovec.projection.tsne import tsne
from tovec.search.neighbor_graph import neighbor_graph


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tovec.projection.tsne, "EXAGGERATED", 20)
    monkeypatch.setattr(tovec.projection.tsne, "PLAIN", 20)


@pytest.fixture(autouse=True)
def opentsne() -> Any:
    return needs("openTSNE")


def groups(n_rows: int = 240, n_groups: int = 6, dim: int = 12) -> tuple[Any, Any]:
    generator = np.random.default_rng(0)
    codes = np.arange(n_rows) % n_groups
    centers = 6 * generator.standard_normal((n_groups, dim))
    return (centers[codes] + generator.standard_normal((n_rows, dim))).astype(np.float32), codes


@pytest.mark.parametrize("dims", [2, 3])
def test_neighbors_in_the_table_are_neighbors_in_the_map(dims: int) -> None:
    manifold, search = needs("sklearn.manifold"), needs("sklearn.neighbors")
    vectors, codes = groups()
    found = tsne(vectors, dims, perplexity=15)
    assert (found.method, found.axis_names) == ("tsne", ("t-SNE 1", "t-SNE 2", "t-SNE 3")[:dims])
    assert found.points.shape == (240, dims)
    assert found.points.dtype == np.float32
    nearest = (
        search.NearestNeighbors(n_neighbors=6).fit(found.points).kneighbors(return_distance=False)[:, 1:]
    )
    assert (codes[nearest] == codes[:, None]).mean() > 0.99
    oracle = manifold.TSNE(
        dims, perplexity=15, metric="cosine", init="random", random_state=0, max_iter=750
    ).fit_transform(vectors)
    trust = manifold.trustworthiness(vectors, found.points, metric="cosine")
    assert trust > manifold.trustworthiness(vectors, oracle, metric="cosine") - 0.02


@pytest.mark.slow
def test_affinities_are_those_of_the_exact_cosine_neighbors(monkeypatch: pytest.MonkeyPatch) -> None:
    affinity = needs("openTSNE.affinity")
    monkeypatch.setattr(tovec.projection.tsne, "AFFINITY_NUMBERS", 60 * 100)  # 100 rows at a time
    vectors, _ = groups()
    graph = neighbor_graph(vectors, 60)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    oracle = affinity.PerplexityBasedNN(units, perplexity=20, method="exact").P.toarray()
    ours = tovec.projection.tsne._affinities(graph, 60, 20, 2, StageReporter(None)).P.toarray()
    np.testing.assert_allclose(ours, oracle, atol=1e-3 * oracle.max())


@pytest.mark.parametrize("interpolated_rows", [1000, 100])
def test_equal_seeds_give_equal_points_and_a_given_graph_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, few_steps: None, interpolated_rows: int
) -> None:
    monkeypatch.setattr(tovec.projection.tsne, "INTERPOLATED_ROWS", interpolated_rows)
    vectors, _ = groups()
    first = tsne(vectors, 2, seed=3)
    np.testing.assert_array_equal(tsne(vectors, 2, seed=3).points, first.points)
    np.testing.assert_array_equal(
        tsne(vectors, 2, seed=3, graph=neighbor_graph(vectors, 95)).points, first.points
    )
    np.testing.assert_array_equal(
        tsne(vectors, 2, seed=3, graph=neighbor_graph(vectors, 15)).points, first.points
    )
    assert (tsne(vectors, 2, seed=4).points != first.points).any()


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 20])
def test_small_tables_have_maps(few_steps: None, n_rows: int, dims: int) -> None:
    vectors, _ = groups(n_rows)
    points = tsne(vectors, dims).points
    assert points.shape == (n_rows, dims)
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == n_rows


@pytest.mark.parametrize("vectors", [np.ones((40, 5), np.float32), np.zeros((40, 5), np.float32)])
def test_equal_rows_stay_finite(few_steps: None, vectors: Any) -> None:
    assert np.isfinite(tsne(vectors, 2).points).all()


def test_some_equal_rows_lie_together() -> None:
    vectors, _ = groups(60)
    vectors[:5] = vectors[0]
    points = tsne(vectors, 2).points
    assert np.linalg.norm(points[:5] - points[0], axis=1).max() < 0.1 * np.ptp(points)


def test_steps_report_copies_of_the_points(monkeypatch: pytest.MonkeyPatch, few_steps: None) -> None:
    monkeypatch.setattr("tovec.progress.INTERVAL_S", 0.0)
    monkeypatch.setattr(tovec.projection.tsne, "ROWS_BETWEEN_REPORTS", 1)
    stages: list[Any] = []
    vectors, _ = groups(60)
    tsne(vectors, 2, report=stages.append)
    steps = [stage for stage in stages if stage.name == "t-SNE"]
    assert [round(40 * step.fraction) for step in steps] == list(range(1, 41))
    assert all(step.points.shape == (60, 2) and step.points.dtype == np.float32 for step in steps)
    assert (steps[0].points != steps[-1].points).any()


@pytest.mark.parametrize("when", ["neighbors", "t-SNE"])
def test_an_error_of_the_reporter_ends_the_work(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    monkeypatch.setattr("tovec.progress.INTERVAL_S", 0.0)
    calls = []

    def report(stage: Any) -> None:
        if stage.name == when:
            calls.append(stage.fraction)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tsne(groups()[0], 2, report=report)
    assert len(calls) == 1


def test_settings_and_tables_that_tsne_cannot_map_raise_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSetting, match="dims must be 1 to 3 for t-SNE"):
        tsne(groups()[0], 4)
    with pytest.raises(BadSetting, match="perplexity must be at least 1"):
        tsne(groups()[0], 2, perplexity=0.5)
    with pytest.raises(TovecError, match=r"20,001 tokens in 3 dimensions takes too long.*2 dimensions"):
        tsne(np.ones((20_001, 4), np.float32), 3)


def test_without_opentsne_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(MissingExtra, match=r"t-SNE needs an optional package.*tovec\[projection\]"):
        tsne(groups()[0], 2)
