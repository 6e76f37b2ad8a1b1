"""The approximate index of an embedding: exact similarities, a measured recall, files."""

import copy
import math
import pickle

import numpy as np
import pytest
from approximate_rows import rows
from approximate_rows import state as state
from needs import needs

from tovec.approximate import ApproximateIndex
from tovec.embedding import Embedding
from tovec.errors import BadSetting, MissingExtra, NoDirection, TovecError, UnknownToken
from tovec.progress import Ended, Stage

pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture(scope="module")
def table():
    vectors = rows()
    return Embedding([f"t{row}" for row in range(len(vectors))], vectors)


@pytest.fixture(scope="module")
def index(table):
    return ApproximateIndex.build(table)


def test_most_of_the_nearest_are_found_and_their_similarities_are_exact(table, index):
    for row in (0, 7, 1999):
        exact = {hit.id: hit for hit in table.neighbors(row, 2000)}
        found = index.search(row, 10)
        assert found == sorted(found, key=lambda hit: (-hit.similarity, hit.id)) and len(found) == 10
        assert all(exact[hit.id] == hit for hit in found)
        assert index.search(f"t{row}", 10) == found
        assert index.search(table[row], 1)[0].similarity == 1.0


def test_equal_rows_are_in_the_order_of_their_ids(index):
    assert [hit.id for hit in index.search("t7", 4)] == [100, 101, 102, 103]


def test_recall_equals_a_count_by_hand(table, index):
    drawn = np.random.default_rng(4).choice(2000, 40, replace=False)
    asked = [int(row) for row in drawn if np.isfinite(table[int(row)]).all() and table[int(row)].any()]
    shares = [
        len({hit.id for hit in index.search(row, 8)} & {hit.id for hit in table.neighbors(row, 8)}) / 8
        for row in asked
    ]
    assert index.recall(40, 8, seed=4) == pytest.approx(np.mean(shares), abs=0.01)  # ties count there
    assert index.recall() > 0.9


def test_an_index_that_lacks_half_of_the_tokens_has_half_the_recall(table):
    half = ApproximateIndex.build(table)
    half._graph._graph.remove(np.arange(0, 2000, 2, dtype=np.uint64))
    assert half.recall(300) == pytest.approx(0.5, abs=0.05)  # three standard errors of 3000 draws: 0.03


def test_tokens_without_direction_are_not_found_and_cannot_be_queries(index):
    for query, why in (
        ("t50", "its row is all zeros"),
        ("t60", "its row holds NaN"),
        (np.zeros(32), "is all"),
    ):
        with pytest.raises(NoDirection, match=why):
            index.search(query)
    found = index.search("t1", 2000)
    assert len(found) > 1500 and not {hit.id for hit in found} & set(range(50, 61))


def test_table_of_zeros_has_an_empty_index(tmp_path):
    needs("usearch")
    zeros = Embedding(["a", "b"], np.zeros((2, 3)))
    for index in (ApproximateIndex.build(zeros), ApproximateIndex.open_or_build(zeros, tmp_path / "z")):
        assert index.search([1, 0, 0]) == []
        assert math.isnan(index.recall())


def test_settings_out_of_range_and_unknown_tokens_are_refused(index):
    for bad in (0, -1, 1.5, True):
        with pytest.raises(BadSetting, match="k must be a whole number from 1 up"):
            index.search("t1", bad)
    with pytest.raises(BadSetting, match="n_samples must be"):
        index.recall(0)
    with pytest.raises(UnknownToken):
        index.search("cow")
    with pytest.raises(TovecError, match=r"has shape \(32,\), not \(2,\)"):
        index.search([1, 2])


def test_error_without_usearch_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "usearch", None)
    with pytest.raises(MissingExtra, match=r"an approximate index needs .* 'tovec\[index\]'"):
        ApproximateIndex.build(Embedding(["a"], [[1.0]]))


def test_an_index_is_built_once_and_then_opened_from_its_file(table, tmp_path, monkeypatch):
    path = tmp_path / "table.usearch"
    events = []
    made = ApproximateIndex.open_or_build(table, str(path), events.append)
    assert events[-2:] == [Stage("index", 2000, 2000, "rows"), Ended("index")]
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.setattr("tovec.search.approximate.GraphIndex.build", None)
    for opened in (ApproximateIndex.open_or_build(table, path), ApproximateIndex.open(table, str(path))):
        for query in ("t3", "t100", table["t9"] - table["t8"]):
            assert opened.search(query, 20) == made.search(query, 20)
    assert opened.save(str(tmp_path / "again")) == tmp_path / "again"
    assert ApproximateIndex.open(table, tmp_path / "again").search("t3") == made.search("t3")


@pytest.mark.parametrize("is_opened", [False, True])
def test_a_copy_and_a_pickle_give_the_same_answers_without_a_file(table, index, tmp_path, is_opened):
    path = index.save(tmp_path / "table.usearch")
    given = ApproximateIndex.open(table, path) if is_opened else index
    kept, copied = pickle.dumps(given), copy.deepcopy(given)
    path.unlink()
    loaded = pickle.loads(kept)
    assert (
        loaded.embedding.vectors is loaded._graph.vectors
        and copied.embedding.vectors is copied._graph.vectors
    )
    copied_again = pickle.loads(pickle.dumps(loaded))
    for other in (loaded, copied, copied_again):
        for query in ("t0", 7, table[1999]):
            assert other.search(query, 10) == given.search(query, 10)
        assert other.recall(50) == given.recall(50)
        assert other.save(tmp_path / "again.usearch").stat().st_size > 0
        assert ApproximateIndex.open(table, tmp_path / "again.usearch").search("t7") == given.search("t7")
