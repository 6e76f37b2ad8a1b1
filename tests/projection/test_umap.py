"""Our UMAP: graph and curve against umap-learn, forces by finite differences, and what it promises."""

import warnings
from typing import Any

import numpy as np
import pytest
from needs import needs

import tovec.projection.umap
import tovec.threads
from tovec.errors import BadSetting
from tovec.progress import StageReporter
from tovec.projection import kernels, project, trust
from tovec.projection.umap import _forces, curve, fuzzy_graph, umap
from tovec.search.neighbor_graph import neighbor_graph


@pytest.fixture(scope="module")
def learn() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports warn of what it could do with other packages
        return needs("umap.umap_")


def groups(n_rows: int = 600, n_groups: int = 12, dim: int = 20) -> Any:
    generator = np.random.default_rng(0)
    centers = 2 * generator.standard_normal((n_groups, dim))
    rows = centers[generator.integers(0, n_groups, n_rows)] + generator.standard_normal((n_rows, dim))
    return rows.astype(np.float32)


def dense(graph: Any, n_rows: int) -> Any:
    matrix = np.zeros((n_rows, n_rows))
    for row in range(n_rows):
        edges = slice(graph.offsets[row], graph.offsets[row + 1])
        assert len(set(graph.others[edges])) == len(graph.others[edges])
        matrix[row, graph.others[edges]] = graph.weights[edges]
    return matrix


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 4, 14])
@pytest.mark.parametrize("kind", ["groups", "with equal rows", "with zero rows", "nearly all equal"])
def test_fuzzy_graph_is_that_of_umap_learn(learn: Any, kind: str, k: int) -> None:
    vectors = groups(200)
    if kind == "with equal rows":
        vectors[50:58] = vectors[50]
        vectors[100:140] = vectors[100]
    if kind == "with zero rows":
        vectors[[5, 50]] = 0
    if kind == "nearly all equal":
        vectors[3:] = vectors[2]
    graph = neighbor_graph(vectors, 20)
    distances = (1 - graph.similarities[:, :k]).astype(np.float32)
    distances[distances < 1e-6] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle, _, _ = learn.fuzzy_simplicial_set(
            vectors, k + 1, np.random.RandomState(0), "precomputed",
            knn_indices=np.hstack([np.arange(200)[:, None], graph.ids[:, :k]]).astype(np.int32),
            knn_dists=np.hstack([np.zeros((200, 1), np.float32), distances]),
        )  # fmt: skip
    found = dense(fuzzy_graph(graph, k, StageReporter(None)), 200)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, oracle.toarray(), atol=2e-4)


@pytest.mark.parametrize("min_dist", [0.0, 0.001, 0.05, 0.1, 0.25, 0.5, 0.8, 0.99])
def test_curve_is_that_of_umap_learn(learn: Any, min_dist: float) -> None:
    np.testing.assert_allclose(curve(min_dist), learn.find_ab_params(1.0, min_dist), rtol=1e-4)


def test_forces_are_the_slopes_of_the_cross_entropy() -> None:
    a, b = curve(0.1)
    attractions, repulsions = _forces(a, b)
    cells = np.arange(len(attractions)) + 0.5
    squared = 2.0**kernels.MIN_POWER * 2 ** (cells // 128) * (1 + cells % 128 / 128)
    shown = (squared > 1e-3) & (squared < 1e3)
    distance = np.sqrt(squared[shown])

    def slope(loss: Any) -> Any:
        return (loss(distance * (1 + 1e-5)) - loss(distance * (1 - 1e-5))) / (2e-5 * distance)

    attraction = -slope(lambda d: np.log1p(a * d ** (2 * b)))
    np.testing.assert_allclose(attractions[shown] * distance, attraction, rtol=1e-4)
    # log(1 - 1 / (1 + a d^2b)), with the 0.001 that keeps the push of near points finite.
    repulsion = slope(lambda d: np.log(a * d ** (2 * b)) - np.log1p(a * d ** (2 * b)))
    np.testing.assert_allclose(
        repulsions[shown] * distance, repulsion * squared[shown] / (squared[shown] + 1e-3), rtol=1e-4
    )
    for value in (0.0, 1e-9, 0.3, 0.9999, 1.0, 77.0, 1e5, 1e30):
        cell = int(kernels._cell(np.float32(value)))
        low = 2.0**kernels.MIN_POWER * 2 ** (cell // 128) * (1 + cell % 128 / 128)
        assert 0 <= cell < len(attractions)
        if 1e-7 < value < 6e4:
            assert low <= np.float32(value) < low * (1 + 1 / 128)


def test_compiled_loops_equal_their_python_source() -> None:
    vectors = groups(40)
    graph = fuzzy_graph(neighbor_graph(vectors), 5, StageReporter(None))
    points = np.random.default_rng(1).standard_normal((40, 3)).astype(np.float32)
    attractions, repulsions = _forces(*curve(0.1))
    due = np.empty(40, np.int32)
    for epoch in (0, 1, 9):
        edges = (graph.offsets, graph.others, graph.weights / graph.weights.max())
        seed, rate = np.uint64(2**63 + 5), np.float32(0.3)
        arguments = (0, 40, *edges, attractions, repulsions, epoch, seed, 5, rate, due)
        compiled, plain = points.copy(), points.copy()
        kernels.move(points, compiled, *arguments)
        with np.errstate(over="ignore"):
            kernels.move.py_func(points, plain, *arguments)
        np.testing.assert_allclose(compiled, plain, atol=1e-4)
        assert epoch == 0 or np.abs(compiled - points).max() > 1e-2


def test_edges_are_sampled_in_proportion_to_their_weights() -> None:
    offsets, others = np.array([0, 3, 3, 3, 3]), np.array([1, 2, 3], np.int32)
    rates = np.array([1.0, 0.25, 0.1], np.float32)
    directions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    attractions = np.full(kernels.N_CELLS, -1e-3, np.float32)
    before, total = directions, np.zeros(3)
    for epoch in range(200):
        after = before.copy()
        edges, forces, due = (offsets, others, rates), (attractions, attractions), np.empty(3, np.int32)
        kernels.move(before, after, 0, 1, *edges, *forces, epoch, np.uint64(1), 0, np.float32(1), due)
        total += after[0]
    np.testing.assert_allclose(total / 1e-3, [200, 50, 20], rtol=0.02, atol=0.5)


def test_the_number_of_threads_does_not_change_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, found = groups(), []
    monkeypatch.setattr(tovec.threads, "MIN_SHARE_ROWS", 50)
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(tovec.threads, "N_THREADS", n_threads)
        for module in (tovec.threads, tovec.projection.umap):
            monkeypatch.setattr(module, "MAX_SHARES", n_threads)
        found.append(umap(vectors, 3, n_epochs=30).points.tobytes())
    monkeypatch.setattr(tovec.projection.umap, "PORTION", 100)
    found.append(umap(vectors, 3, n_epochs=30).points.tobytes())
    assert len(set(found)) == 1


@pytest.mark.parametrize("dims", [2, 3])
def test_a_map_keeps_neighbors_that_principal_components_lose(dims: int) -> None:
    vectors = groups()
    graph = neighbor_graph(vectors)
    found = umap(vectors, dims, graph=graph)
    assert found.axis_names == ("UMAP 1", "UMAP 2", "UMAP 3")[:dims]
    ours, components = (
        trust(points, vectors) for points in (found.points, project(vectors, dims, "pca").points)
    )
    assert ours.kept > 1.3 * components.kept
    assert ours.trustworthiness > components.trustworthiness
    assert ours.trustworthiness > 0.9


def test_stages_are_reported_in_order_from_the_principal_components() -> None:
    vectors = groups()
    stages: list[Any] = []
    umap(vectors, 2, report=stages.append)
    names = [stage.name for stage in stages]
    assert list(dict.fromkeys(names)) == ["start", "neighbors", "graph", "layout"]
    assert all(0 <= stage.done <= stage.total == 1 for stage in stages)
    start = stages[0].points
    components = project(vectors, 2, "pca").points
    assert np.corrcoef(start[:, 0], components[:, 0])[0, 1] > 0.9999
    assert np.ptp(start, axis=0).max() == pytest.approx(10, abs=0.01)
    shown = [stage.points for stage in stages if stage.name == "layout"]
    assert all(points.shape == (600, 2) and points.base is None for points in shown)
    assert np.abs(shown[-1] - shown[0]).max() > 1


def test_the_layout_reports_copies_of_its_points_all_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tovec.progress, "INTERVAL_S", 0)
    stages: list[Any] = []
    umap(groups(100), 2, n_epochs=20, report=stages.append)
    shown = [stage.points for stage in stages if stage.points is not None]
    assert len(shown) >= 20
    assert len({points.tobytes() for points in shown}) >= 20


@pytest.mark.parametrize("stage", ["start", "neighbors", "graph", "layout"])
def test_an_error_of_the_reporter_ends_the_work_at_any_stage(stage: str) -> None:
    class Enough(Exception):
        pass

    seen = []

    def stop(now: Any) -> None:
        seen.append(now.name)
        if now.name == stage:
            raise Enough

    with pytest.raises(Enough):
        umap(groups(100), 2, report=stop)
    assert seen.count(stage) == 1
    assert seen[-1] == stage


def test_a_graph_with_too_few_neighbors_is_not_used() -> None:
    vectors = groups(100)
    stages: list[Any] = []
    found = umap(vectors, 2, graph=neighbor_graph(vectors, 3), report=stages.append)
    assert "neighbors" in [stage.name for stage in stages]
    np.testing.assert_array_equal(found.points, umap(vectors, 2).points)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dims": 1}, "dims must be 2 or 3"),
        ({"n_neighbors": 1}, "n_neighbors must be at least 2"),
        ({"min_dist": -0.1}, "min_dist must be from 0 to 1"),
        ({"n_epochs": 0}, "n_epochs must be at least 1"),
    ],
)
def test_settings_out_of_range_raise_one_line(settings: Any, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        umap(groups(20), **{"dims": 2, **settings})
