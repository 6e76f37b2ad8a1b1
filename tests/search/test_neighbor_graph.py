"""Approximate neighbors against scikit-learn's exact ones, and what both kinds of graph promise."""

from typing import Any

import numpy as np
import pytest
from needs import needs

import tovec.progress
import tovec.search.approximate_graph
import tovec.search.exact_graph
import tovec.threads
from tovec.progress import Note, Stage
from tovec.projection import project
from tovec.projection.umap import umap
from tovec.search import graph_kernels as kernels
from tovec.search import neighbor_graph as module
from tovec.search.neighbor_graph import neighbor_graph, neighbors_of_rows

N_ROWS, K = 4000, 15


def uniform(n_rows: int = N_ROWS, dim: int = 12) -> Any:
    return np.random.default_rng(0).standard_normal((n_rows, dim)).astype(np.float32)


def clustered(n_rows: int = N_ROWS, dim: int = 40) -> Any:
    generator = np.random.default_rng(1)
    centers = generator.standard_normal((60, dim))
    rows = centers[generator.integers(0, 60, n_rows)] + 0.3 * generator.standard_normal((n_rows, dim))
    return rows.astype(np.float32)


def twice() -> Any:
    return np.repeat(clustered(N_ROWS // 2), 2, axis=0)


def ten_identical() -> Any:
    vectors = uniform()
    vectors[np.arange(10) * 391] = vectors[7]
    return vectors


def with_zeros() -> Any:
    vectors = clustered()
    vectors[::9] = 0
    return vectors


def without_direction() -> Any:
    vectors = uniform()
    vectors[5, 3], vectors[60, 0], vectors[61] = np.nan, np.inf, 0
    return vectors


def along_a_line() -> Any:
    """All rows point about one way, as those of a language model do, with lengths of any size."""
    vectors = uniform(dim=24) + 12
    return vectors * np.random.default_rng(2).choice(np.float32([1e-12, 1, 1e12]), (N_ROWS, 1))


KINDS = [uniform, clustered, twice, ten_identical, with_zeros, without_direction, along_a_line]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_most_of_the_neighbors_that_scikit_learn_finds_are_found(kind: Any) -> None:
    neighbors = needs("sklearn.neighbors")
    vectors = kind()
    directed = np.flatnonzero(np.isfinite(vectors).all(axis=1) & vectors.any(axis=1))
    rows = vectors[directed].astype(np.float64)
    oracle = neighbors.NearestNeighbors(n_neighbors=K + 1, metric="cosine", algorithm="brute").fit(rows)
    distances, _ = oracle.kneighbors(rows)
    found = neighbor_graph(vectors, K, exact=False)
    assert (found.ids.dtype, found.similarities.dtype) == (np.int32, np.float32)
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    place = np.full(len(vectors), -1)
    place[directed] = np.arange(len(directed))
    assert (place[found.ids[directed]] >= 0).all()  # none without direction: enough others are near
    cosines = np.einsum("id,ijd->ij", units, units[place[found.ids[directed]]])
    np.testing.assert_allclose(found.similarities[directed], cosines, atol=1e-4)
    recall = (cosines >= 1 - distances[:, -1:] - 1e-6).mean()
    assert recall > 0.95
    assert found.recall == pytest.approx(recall, abs=0.03)
    ordered = np.sort(found.ids, axis=1)
    assert (np.diff(ordered, axis=1) > 0).all()  # none twice
    assert (found.ids != np.arange(len(vectors))[:, None]).all()
    assert (np.diff(found.similarities, axis=1) <= 0).all()


@pytest.mark.parametrize("exact", [True, False])
def test_rows_without_direction_have_similarity_0_and_the_first_other_rows(exact: bool) -> None:
    found = neighbor_graph(without_direction(), K, exact=exact)
    for row in (5, 60, 61):
        assert found.ids[row].tolist() == [other for other in range(K + 1) if other != row][:K]
        assert not found.similarities[row].any()


@pytest.mark.parametrize("exact", [True, False])
def test_a_row_without_direction_is_nearer_than_one_that_points_away(exact: bool) -> None:
    vectors = np.zeros((40, 3), dtype=np.float32)
    vectors[30:33] = [[1, 0, 0], [1, 0.5, 0], [-1, 0, 0]]
    found = neighbor_graph(vectors, 4, exact=exact)
    assert found.ids[30].tolist() == [31, 0, 1, 2]
    assert found.ids[32].tolist() == [0, 1, 2, 3]
    assert found.ids[2].tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize("exact", [True, False])
def test_ties_are_in_the_order_of_ids(exact: bool) -> None:
    codes = np.random.default_rng(0).integers(0, 5, 2000)
    found = neighbor_graph(3 * np.eye(5, dtype=np.float32)[codes], K, exact=exact)
    for row in range(2000):
        same = np.flatnonzero(codes == codes[row])
        assert found.ids[row].tolist() == same[same != row][:K].tolist()
    assert (found.similarities == 1).all()
    assert found.recall == 1


@pytest.mark.parametrize("n_rows", [1, 2, 5, 16, 40])
def test_few_rows_get_all_their_neighbors(n_rows: int) -> None:
    vectors = uniform(n_rows, 5)
    vectors[3:4] = 0
    found, expected = (neighbor_graph(vectors, K, exact=exact) for exact in (False, True))
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-4)
    assert found.recall == 1


def test_equal_seeds_give_equal_graphs_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, found = uniform(), []
    monkeypatch.setattr(tovec.threads, "MIN_SHARE_ROWS", 100)
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(tovec.threads, "N_THREADS", n_threads)
        for changed in (tovec.threads, tovec.search.approximate_graph):
            monkeypatch.setattr(changed, "MAX_SHARES", n_threads)
        graph = neighbor_graph(vectors, K, exact=False, seed=3)
        found.append((graph.ids.tobytes(), graph.similarities.tobytes(), graph.recall))
    assert len(set(found)) == 1
    assert neighbor_graph(vectors, K, exact=False, seed=4).ids.tobytes() != found[0][0]


def test_a_table_is_compared_whole_up_to_a_size_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Any] = []
    vectors = uniform(1500)
    assert neighbor_graph(vectors, K, report=events.append).recall == 1
    assert {event.name for event in events} == {"neighbors"}
    monkeypatch.setattr(module, "EXACT_PRODUCTS", 1500**2 * 12 - 1)
    events.clear()
    graph = neighbor_graph(vectors, K, report=events.append)
    stages = [event for event in events if isinstance(event, Stage)]
    assert list(dict.fromkeys(stage.name for stage in stages)) == ["neighbors", "recall"]
    (note,) = [event.text for event in events if isinstance(event, Note)]
    assert note == f"{int(100 * graph.recall)} % of the nearest neighbors were found, as 256 rows show"


def test_the_note_says_100_percent_only_where_none_is_missing_and_how_many_rows_were_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes: list[Any] = []
    neighbor_graph(uniform(20), 3, exact=False, report=notes.append)
    assert notes[-1] == Note("100 % of the nearest neighbors were found, as 20 rows show")
    monkeypatch.setattr(module, "_recall", lambda *_: 0.9998)
    neighbor_graph(uniform(20), 3, exact=False, report=notes.append)
    assert notes[-1] == Note("99 % of the nearest neighbors were found, as 20 rows show")


def test_progress_only_grows_and_an_error_of_the_reporter_ends_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tovec.progress, "INTERVAL_S", 0)
    fractions: list[float] = []

    def follow(event: Any) -> None:
        if isinstance(event, Stage) and event.name == "neighbors":
            fractions.append(event.fraction)
            if len(fractions) == 30:
                raise KeyboardInterrupt

    vectors = uniform()
    with pytest.raises(KeyboardInterrupt):
        neighbor_graph(vectors, K, exact=False, report=follow)
    assert len(fractions) == 30
    fractions = []
    monkeypatch.setattr(tovec.search.approximate_graph, "N_TREES", 2)
    monkeypatch.setattr(tovec.search.approximate_graph, "ROUND_ROWS", 1 << 20)
    neighbor_graph(vectors, K, exact=False, report=follow)
    assert fractions == sorted(fractions)


def test_a_map_is_made_of_the_graph_and_says_how_much_of_it_was_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EXACT_PRODUCTS", 0)
    vectors = uniform(600)
    graph = neighbor_graph(vectors, 14)
    given, made = umap(vectors, 2, graph=graph, n_epochs=20), umap(vectors, 2, n_epochs=20)
    np.testing.assert_array_equal(given.points, made.points)
    assert made.recall == graph.recall
    assert project(vectors, 2, "pca").recall is None


def test_compiled_loops_equal_their_python_source() -> None:
    rows = uniform(30, 20)
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)

    def run(plain: bool) -> list[Any]:
        def call(kernel: Any, *arguments: Any) -> Any:
            return (kernel.py_func if plain else kernel)(*arguments)

        codes, shrinks = np.zeros((30, 32), np.int16), np.empty(30, np.float32)
        call(kernels.encode, rows, lengths, 0, codes, shrinks)
        ids, best = np.full((30, 4), -1, np.int32), np.full((30, 4), -2, np.float32)
        fresh = np.zeros((30, 4), np.bool_)
        order, leans = np.arange(30, dtype=np.int32)[::-1].copy(), np.empty(30, np.int64)
        call(kernels.lean, codes, order, 3, 9, leans)
        call(kernels.match_leaves, order, np.array([0, 10, 30]), codes, shrinks, ids, best, fresh)
        near, n_near = np.zeros((30, 6), np.int32), np.zeros(30, np.int32)
        call(kernels.link, ids, best, fresh, near, n_near, np.zeros((30, 3), np.float32))
        met = np.full(30, -1, np.int32)
        call(kernels.explore, order, 0, 30, codes, shrinks, near, n_near, ids, best, fresh, met)
        return [codes, shrinks, leans, near, n_near, ids, best, fresh]

    for compiled, plain in zip(run(False), run(True), strict=True):
        np.testing.assert_array_equal(compiled, plain)


@pytest.mark.parametrize("kind", [clustered, twice, with_zeros, without_direction, along_a_line])
def test_neighbors_of_some_rows_are_those_of_the_graph_of_all(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tovec.search.exact_graph, "QUERY_NUMBERS", 1)  # several readings of the table
    vectors = kind()
    rows = np.random.default_rng(3).permutation(N_ROWS)[:1300]
    whole, some = neighbor_graph(vectors, K, exact=True), neighbors_of_rows(vectors, rows, K)
    np.testing.assert_array_equal(some.ids, whole.ids[rows])
    np.testing.assert_array_equal(some.similarities, whole.similarities[rows])


def test_neighbors_of_no_rows_and_in_a_small_table() -> None:
    assert neighbors_of_rows(uniform(40), np.arange(0), 3).ids.shape == (0, 3)
    assert neighbors_of_rows(uniform(3), np.array([1]), 9).ids.shape == (1, 2)
    assert neighbors_of_rows(uniform(1), np.array([0]), 9).ids.shape == (1, 0)
