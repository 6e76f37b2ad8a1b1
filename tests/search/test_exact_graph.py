"""Exact cosine neighbors against sorting all cosines in float64."""

from typing import Any

import numpy as np
import pytest

import tovec.search.exact_graph
from tovec.search import graph_kernels as kernels
from tovec.search.exact_graph import _rounds
from tovec.search.neighbor_graph import neighbor_graph
from tovec.threads import shares


def table(n_rows: int, dim: int, seed: int = 0) -> Any:
    return (np.random.default_rng(seed).standard_normal((n_rows, dim)) + 0.3).astype(np.float32)


def all_cosines(vectors: Any) -> Any:
    """Return the cosine of each row with each, in float64, its own -inf; 0 for rows without direction."""
    rows = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0).astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -np.inf)
    return cosines


def check(vectors: Any, k: int) -> None:
    found = neighbor_graph(vectors, k)
    cosines = all_cosines(np.asarray(vectors[:]))
    best = -np.sort(-cosines, axis=1)[:, :k]
    assert (found.ids.dtype, found.similarities.dtype) == (np.int32, np.float32)
    assert found.ids.shape == found.similarities.shape == best.shape
    np.testing.assert_allclose(found.similarities, best, atol=1e-6)
    np.testing.assert_allclose(
        np.take_along_axis(cosines, found.ids.astype(np.int64), axis=1), best, atol=1e-6
    )
    assert (np.diff(np.sort(found.ids, axis=1), axis=1) > 0).all()  # none twice
    assert (np.diff(found.similarities, axis=1) <= 0).all()


class Lazy:
    """A table that makes float32 rows when they are asked for, and counts the most at once."""

    def __init__(self, rows: Any) -> None:
        self.rows, self.shape, self.dtype, self.most = rows, rows.shape, rows.dtype, 0

    def __getitem__(self, key: Any) -> Any:
        rows = self.rows[key]
        self.most = max(self.most, len(rows))
        return rows


@pytest.mark.parametrize(("n_rows", "dim", "k"), [(2500, 20, 15), (300, 3, 40), (1025, 5, 1), (65, 1, 6)])
def test_neighbors_are_those_of_all_cosines_in_float64(n_rows: int, dim: int, k: int) -> None:
    check(table(n_rows, dim), k)


@pytest.mark.parametrize("size", [1, 7, 64, 100, 101])
def test_blocks_of_any_size_give_the_same_neighbors(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(tovec.search.exact_graph, "BLOCK_ROWS", size)
    monkeypatch.setattr(tovec.search.exact_graph, "CACHED_NUMBERS", 300)  # most blocks are made again
    monkeypatch.setattr(tovec.search.exact_graph, "TILE_ROWS", 9)
    monkeypatch.setattr(tovec.search.exact_graph, "TILE_COLUMNS", 70)
    check(table(201, 4), 9)


def test_a_lazy_half_precision_table_is_read_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = Lazy(table(3000, 8).astype(np.float16))
    check(vectors, 5)
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 500 * 8)
    vectors.most = 0
    neighbor_graph(vectors, 5)
    assert vectors.most <= tovec.search.exact_graph.BLOCK_ROWS


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e15, 1e30])
def test_length_does_not_matter(scale: float) -> None:
    vectors = table(80, 6)
    lengths = np.where(np.arange(80) % 3 == 0, scale, 1)[:, None].astype(np.float32)
    np.testing.assert_array_equal(neighbor_graph(vectors * lengths).ids, neighbor_graph(vectors).ids)


@pytest.mark.parametrize("nothing", [0.0, np.nan, np.inf])
def test_rows_without_direction_have_similarity_0_and_ties_keep_the_order_of_ids(nothing: float) -> None:
    vectors = table(60, 5)
    vectors[[3, 40]] = 0
    vectors[3, 2] = vectors[40, 2] = nothing
    found = neighbor_graph(vectors, 6)
    assert found.ids[3].tolist() == [0, 1, 2, 4, 5, 6]
    assert found.ids[40].tolist() == [0, 1, 2, 3, 4, 5]
    assert not found.similarities[[3, 40]].any()
    check(np.abs(vectors) if nothing == 0 else np.abs(np.nan_to_num(vectors, posinf=np.nan)), 6)


def test_rows_of_zeros_get_the_first_other_rows_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tovec.search.exact_graph, "BLOCK_ROWS", 4)
    found = neighbor_graph(np.zeros((11, 3), dtype=np.float32), 3)
    assert found.ids.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], *[[0, 1, 2]] * 8]


@pytest.mark.parametrize("n_rows", [1, 2, 4, 15, 16])
def test_in_a_small_table_each_row_gets_all_others(n_rows: int) -> None:
    found = neighbor_graph(table(n_rows, 3))
    assert found.ids.shape == (n_rows, n_rows - 1)
    for row, ids in enumerate(found.ids):
        assert sorted(ids) == [other for other in range(n_rows) if other != row]


def test_similarities_stay_in_range() -> None:
    vectors = np.tile(table(1, 300), (50, 1))
    vectors[::2] *= -1
    found = neighbor_graph(vectors, 49)
    assert np.abs(found.similarities).max() <= 1


def test_progress_only_grows_and_an_error_of_the_reporter_ends_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tovec.progress, "INTERVAL_S", 0)
    monkeypatch.setattr(tovec.search.exact_graph, "BLOCK_ROWS", 10)
    fractions: list[float] = []

    def follow(stage: Any) -> None:
        assert (stage.name, stage.points) == ("neighbors", None)
        fractions.append(stage.fraction)

    neighbor_graph(table(60, 4), report=follow)
    assert fractions == sorted(fractions)  # however the threads take turns
    assert len(fractions) == 1 + 21  # pairs of six blocks
    assert (fractions[0], fractions[-1]) == (0, 1)

    def stop(stage: Any) -> None:
        if stage.fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        neighbor_graph(table(60, 4), report=stop)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 11])
def test_rounds_hold_every_pair_once_and_no_block_twice(n: int) -> None:
    rounds = list(_rounds(n))
    pairs = [tuple(sorted(pair)) for pairs in rounds for pair in pairs]
    assert sorted(pairs) == [(i, j) for i in range(n) for j in range(i, n)]
    for pairs_at_once in rounds:
        blocks = [block for pair in pairs_at_once for block in set(pair)]
        assert len(blocks) == len(set(blocks))


@pytest.mark.parametrize("n", [0, 1, 5, 1000, 4001, 100_000])
def test_shares_cover_the_range_once(n: int) -> None:
    assert [i for start, stop in shares(n) for i in range(start, stop)] == list(range(n))


@pytest.mark.parametrize("shape", [(3, 4, 1), (48, 100, 256), (7, 12, 65)])
def test_products_are_those_of_numpy(shape: tuple[int, int, int]) -> None:
    m, width, n = shape
    left, right = table(m + 5, width), table(width, n + 3, seed=1)
    scores = np.full((m + kernels.ROWS, n + 1), 7, dtype=np.float32)
    kernels.multiply(left, right, 2, 1, m, n, scores)
    expected = left[2 : 2 + m].astype(np.float64) @ right[:, 1 : 1 + n]
    np.testing.assert_allclose(scores[:m, :n], expected, atol=1e-5 * width)
    assert (scores[:, n:] == 7).all()
    plain = np.empty_like(scores)
    if m < 10:
        kernels.multiply.py_func(left, right, 2, 1, m, n, plain)
        np.testing.assert_allclose(plain[:m, :n], expected, atol=1e-5 * width)
