"""Answers equal the definition for any table, with and without the cached index, from any thread."""

import copy
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from needs import gemma_gguf, needs, package_file

import tovec
from tovec.embedding import Embedding
from tovec.search import exact, table_search
from tovec.search.quantized import QuantizedIndex
from tovec.search.table_search import TableSearch
from tovec.vectors.cosine import cosines


@pytest.fixture(autouse=True)
def small_tables_are_quantized_too(monkeypatch):
    monkeypatch.setattr(table_search, "QUANTIZED_FROM", 0)


def plainly(rows, query, k, skip=()):
    """The definition: cosines in float64, rounded to float32, the best first, ties by id, zeros last."""
    found = []
    rows = np.where(np.isfinite(rows).all(axis=1, keepdims=True), rows, 0)
    wide, query = np.asarray(rows).astype(np.float64), np.asarray(query, np.float64)
    for row, vector in enumerate(wide):
        lengths = np.sqrt((vector * vector).sum()) * np.sqrt((query * query).sum())
        cosine = (vector * query).sum() / lengths if lengths > 0 else 0.0
        if row not in skip:
            found.append((not vector.any(), -np.float32(min(1.0, max(-1.0, cosine))), row))
    return [row for *_, row in sorted(found)[:k]]


def adversarial(kind, rng):
    rows = rng.standard_normal((600, 20)).astype(np.float32)
    if kind == "duplicates":
        rows = rows[rng.integers(0, 40, 600)]
    elif kind == "no direction":
        rows[rng.integers(0, 600, 300)] = 0
        rows[rng.integers(0, 600, 50), 3] = np.nan
        rows[rng.integers(0, 600, 50), 7] = -np.inf
    elif kind == "norms":
        rows *= np.float32(10.0) ** rng.integers(-42, 37, (600, 1)).astype(np.float32)
    elif kind == "almost equal":
        rows = rows[:1] + np.float32(1e-6) * rows
    elif kind == "ties":
        rows = rng.integers(-1, 2, (600, 20)).astype(np.float32)
    elif kind == "one column rules":
        rows[:, 0] += 1000
    return rows


KINDS = ["plain", "duplicates", "no direction", "norms", "almost equal", "ties", "one column rules"]


@pytest.mark.parametrize("part_scores", [exact.PART_SCORES, 8])
@pytest.mark.parametrize("kind", KINDS)
def test_one_query_many_queries_and_the_index_all_agree_with_the_definition(kind, part_scores, monkeypatch):
    monkeypatch.setattr("tovec.search.exact.PART_SCORES", part_scores)
    rng = np.random.default_rng(len(kind))
    rows = adversarial(kind, rng)
    asked, fresh = TableSearch(rows), TableSearch(rows)
    queries = np.stack([rows[3], rows[599], rng.standard_normal(20).astype(np.float32), np.zeros(20)])
    queries[~np.isfinite(queries)] = 1
    for k in (1, 10, 700):
        expected = [plainly(rows, query, k, (3, 5)) for query in queries]
        one_by_one = [asked.nearest_to_one(query, k, [3, 5]) for query in queries]
        together = fresh.nearest(queries, k, [[3, 5]] * 4)
        few_from_index = asked.nearest(queries, k, [[3, 5]] * 4)
        many_from_index = asked.nearest(np.tile(queries, (5, 1)), k, [[3, 5]] * 20)
        for found in (one_by_one, together, few_from_index, many_from_index[:4], many_from_index[16:]):
            assert [each.ids.tolist() for each in found] == expected
        for one, other in zip(one_by_one, together, strict=True):
            assert one.similarities.tobytes() == other.similarities.tobytes()
    assert asked._index is not None and fresh._index is None


@settings(max_examples=300)
@given(
    st.tuples(st.integers(1, 30), st.integers(1, 6)).flatmap(
        lambda shape: nps.arrays(
            np.float32,
            shape,
            elements=st.one_of(
                st.integers(-2, 2), st.sampled_from([1e-40, 3e38, math.nan, math.inf, 1.0000001])
            ),
        )
    ),
    st.integers(1, 40),
    st.data(),
)
def test_answers_of_the_quantized_index_equal_the_definition(rows, k, data):
    query = data.draw(nps.arrays(np.float32, rows.shape[1], elements=st.integers(-3, 3)))
    skip = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=3))
    assert TableSearch(rows).nearest_to_one(query, k, skip).ids.tolist() == plainly(rows, query, k, skip)


def test_neighbors_equal_those_of_scikit_learn():
    neighbors = needs("sklearn.neighbors")
    rows = np.random.default_rng(8).standard_normal((3000, 50)).astype(np.float32)
    embedding = Embedding(map(str, range(3000)), rows)
    oracle = neighbors.NearestNeighbors(n_neighbors=9, metric="cosine", algorithm="brute")
    distances, ids = oracle.fit(rows.astype(np.float64)).kneighbors(rows[:30].astype(np.float64))
    for row, found in enumerate(embedding.neighbors_of_each(range(30), 8)):
        assert found == embedding.neighbors(row, 8)
        assert [hit.id for hit in found] == ids[row, 1:].tolist()  # the first is the row itself
        np.testing.assert_allclose([hit.similarity for hit in found], 1 - distances[row, 1:], atol=1e-6)


def test_quantized_index_of_a_real_table_measures_few_rows_again(monkeypatch):
    path = package_file("wordllama", "weights/l2_supercat_256.safetensors")
    rows = needs("safetensors.numpy").load_file(path)["embedding.weight"]
    index, wide = QuantizedIndex.build(rows), rows.astype(np.float64)
    wide /= np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    n_measured = []
    measure = cosines
    monkeypatch.setattr(
        "tovec.search.exact.cosines", lambda some, query: n_measured.append(len(some)) or measure(some, query)
    )
    for row in range(0, len(rows), 1500):
        ids = index.nearest(rows, rows[row], 10, [row]).ids
        exact = wide @ wide[row]
        exact[row] = -2
        assert np.sort(exact[ids]) == pytest.approx(np.sort(exact)[-10:], abs=1e-7)
    assert np.mean(n_measured) < 100


@pytest.mark.slow
def test_quantized_table_of_a_real_model_is_searched_exactly(tmp_path_factory):
    quants = needs("gguf.quants")
    embedding = tovec.open(gemma_gguf(tmp_path_factory.getbasetemp()))
    tokens = ["king", "▁the", "한국", "<unused7>"]  # the last is among thousands that are almost equal
    rows, scores = embedding.ids(tokens), []
    wide = embedding[rows].astype(np.float64)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    table = embedding.vectors
    for start in range(0, len(embedding), 4096):
        stored = table._rows[start : start + 4096]
        block = quants.dequantize(np.asarray(stored), needs("gguf").GGMLQuantizationType.Q8_0)
        block = block.astype(np.float64)
        scores.append(block @ wide.T / np.linalg.norm(block, axis=1, keepdims=True))
    exact = np.concatenate(scores).T
    exact[np.arange(len(rows)), rows] = -2
    for token, row in zip(tokens, exact, strict=True):
        found = embedding.neighbors(token, 50)
        assert [hit.similarity for hit in found] == pytest.approx(np.sort(row)[:-51:-1], abs=1e-6)
        assert [hit.similarity for hit in found] == pytest.approx(row[[hit.id for hit in found]], abs=1e-6)
    assert embedding._search._index is not None


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_memory_mapped_tables_give_the_same_answers_as_arrays(tmp_path, dtype):
    rows = np.random.default_rng(2).standard_normal((900, 30)).astype(dtype)
    rows.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", dtype, "r", shape=rows.shape)
    for row in (0, 899):
        found = TableSearch(mapped).nearest_to_one(rows[row], 12, [row])
        assert found.ids.tolist() == plainly(rows, rows[row], 12, [row])


def test_threads_that_search_at_once_build_the_index_once(monkeypatch):
    rows = np.random.default_rng(4).standard_normal((5000, 40)).astype(np.float32)
    n_made, make = [], QuantizedIndex.build
    monkeypatch.setattr(QuantizedIndex, "build", lambda vectors: n_made.append(1) or make(vectors))
    searched = TableSearch(rows)

    def ask(row):
        return searched.nearest_to_one(rows[row], 5, [row]).ids.tolist()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(64)))
    assert n_made == [1]
    assert found == [plainly(rows, rows[row], 5, [row]) for row in range(64)]


def test_no_index_is_built_where_memory_is_short(monkeypatch):
    rows = np.ones((100, 10), np.float32)
    for available, has_index in (
        (4 * QuantizedIndex.n_bytes(100, 10) - 1, False),
        (4 * QuantizedIndex.n_bytes(100, 10), True),
    ):
        monkeypatch.setattr(table_search, "available_bytes", lambda available=available: available)
        searched = TableSearch(rows)
        assert searched.nearest_to_one(rows[0], 2, [0]).ids.tolist() == [1, 2]
        assert (searched._index is not None) is has_index


def test_index_is_built_where_the_system_does_not_report_free_memory(monkeypatch):
    monkeypatch.setattr(table_search, "available_bytes", lambda: None)
    searched = TableSearch(np.ones((3, 2), np.float32))
    searched.nearest_to_one(np.ones(2), 1, [])
    assert searched._index is not None


def test_small_tables_are_searched_without_an_index(monkeypatch):
    monkeypatch.setattr(table_search, "QUANTIZED_FROM", 1001)
    searched = TableSearch(np.ones((100, 10), np.float32))
    searched.nearest_to_one(np.ones(10), 1, [])
    assert searched._index is None


def test_search_follows_rows_that_a_torch_module_changed():
    torch = needs("torch")
    embedding = Embedding(map(str, range(40)), np.random.default_rng(0).standard_normal((40, 6), np.float32))
    embedding.neighbors(0)
    assert embedding._search._index is not None
    module = embedding.to_torch()
    with torch.no_grad():
        module.weight[:] = torch.tensor(np.random.default_rng(1).standard_normal((40, 6), np.float32))
    now = Embedding(map(str, range(40)), module.weight.detach().numpy().copy())
    for row in range(40):
        assert embedding.neighbors(row) == now.neighbors(row)
    assert embedding.neighbors_of_each(range(40)) == now.neighbors_of_each(range(40))
    assert embedding._search._index is None


def test_copies_and_pickles_of_an_embedding_leave_the_index_out():
    embedding = Embedding(["a", "b", "c"], [[1, 0], [1, 1], [0, 1]])
    found = embedding.neighbors("a")
    for other in (pickle.loads(pickle.dumps(embedding)), copy.deepcopy(embedding)):
        assert other._search._index is None
        assert other.neighbors("a") == found


def test_copy_of_a_search_without_cache_has_no_cache():
    searched = TableSearch(np.eye(3, dtype=np.float32))
    searched.disable_cache()
    other = copy.copy(searched)
    other.nearest_to_one(np.ones(3), 1, [])
    assert other._index is None
