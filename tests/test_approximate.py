"""The approximate index: exact similarities, a measured recall, files that are known again."""

import hashlib
import hmac
import math
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.approximate import ApproximateIndex, _digest
from tovec.embedding import Embedding
from tovec.errors import (
    BadSetting,
    BadSource,
    CannotSave,
    MissingExtra,
    NoDirection,
    NoSpace,
    TovecError,
    UnknownToken,
)
from tovec.progress import Ended, Stage
from tovec.storage import user_key


@pytest.fixture(autouse=True)
def state(tmp_path_factory, monkeypatch):
    """A folder for the key of each test."""
    folder = tmp_path_factory.mktemp("state")
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture(scope="module")
def table():
    """Tokens around twenty centers, some equal, some without direction."""
    needs("usearch")
    rng = np.random.default_rng(6)
    vectors = rng.standard_normal((20, 32))[rng.integers(0, 20, 2000)] + 0.4 * rng.standard_normal((2000, 32))
    vectors[100:104] = 3 * vectors[7]
    vectors[50:60] = 0
    vectors[60, 5] = math.nan
    return Embedding([f"t{row}" for row in range(2000)], vectors.astype(np.float32))


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


def test_recall_is_what_a_count_by_hand_gives(table, index):
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
    half._graph.remove(np.arange(0, 2000, 2, dtype=np.uint64))
    assert half.recall(300) == pytest.approx(0.5, abs=0.05)  # three standard errors of 3000 draws: 0.03


def test_what_has_no_direction_is_not_found_and_cannot_be_asked_for(index):
    for query, why in (
        ("t50", "its row is all zeros"),
        ("t60", "its row holds NaN"),
        (np.zeros(32), "is all"),
    ):
        with pytest.raises(NoDirection, match=why):
            index.search(query)
    found = index.search("t1", 2000)
    assert len(found) > 1500 and not {hit.id for hit in found} & set(range(50, 61))


def test_a_table_without_any_direction_has_an_index_of_nothing(tmp_path):
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


def test_without_usearch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "usearch", None)
    with pytest.raises(MissingExtra, match=r"an approximate index needs .* 'tovec\[index\]'"):
        ApproximateIndex.build(Embedding(["a"], [[1.0]]))


# Files


def test_an_index_is_made_once_and_then_opened(table, tmp_path, monkeypatch):
    path = tmp_path / "table.usearch"
    events = []
    made = ApproximateIndex.open_or_build(table, path, events.append)
    assert events[-2:] == [Stage("index", 2000, 2000, "rows"), Ended("index")]
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.setattr(ApproximateIndex, "build", None)
    opened = ApproximateIndex.open_or_build(table, path)
    for query in ("t3", "t100", table["t9"] - table["t8"]):
        assert opened.search(query, 20) == made.search(query, 20)


def test_usearch_itself_reads_the_file(table, index, tmp_path):
    theirs = needs("usearch.index").Index.restore(str(index.save(tmp_path / "x.usearch")))
    assert (len(theirs), theirs.ndim) == (2000 - 11, 32)
    unit = table["t3"] / np.linalg.norm(table["t3"])
    assert theirs.search(unit, 1).keys.tolist() == [3]


@pytest.mark.parametrize("change", ["another row", "fewer rows", "another shape"])
def test_the_index_of_other_vectors_is_refused(table, index, tmp_path, change):
    path = index.save(tmp_path / "x.usearch")
    vectors = table[:]
    if change == "another row":
        vectors[1500] *= 2
    elif change == "fewer rows":
        vectors = vectors[:-1]
    else:
        vectors = vectors.reshape(4000, 16)
    other = Embedding([str(row) for row in range(len(vectors))], vectors)
    with pytest.raises(BadSource, match=r"x\.usearch is the index of other vectors; name another file"):
        ApproximateIndex.open_or_build(other, path)


def test_vectors_are_known_again_in_another_type(table, tmp_path):
    half = Embedding(table.vocabulary, table[:].astype(np.float16))
    path = ApproximateIndex.build(half).save(tmp_path / "x")
    ApproximateIndex.open(Embedding(table.vocabulary, half[:]), path)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_told_in_one_line(table, index, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    content = bytearray(index.save(folder / "x").read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / "x").write_bytes(content)
    with pytest.raises(BadSource) as caught:
        ApproximateIndex.open(table, folder / "x")
    assert "\n" not in str(caught.value) and str(folder / "x") in str(caught.value)


@pytest.mark.parametrize("place", [0, 8, 40, 200, -5000, -300, -90])
def test_a_crafted_file_never_reaches_usearch(table, index, tmp_path, monkeypatch, place):
    path = tmp_path / "x"
    content = index.save(path).read_bytes()
    graph, mark, table_digest = bytearray(content[:-72]), content[-72:-64], content[-64:-32]
    graph[place : place + 8] = b"\xff" * 8
    monkeypatch.setattr(needs("usearch.index").Index, "restore", None)  # would crash the process
    for trailer, why in (
        (mark + table_digest + hashlib.sha256(graph).digest(), "was not made here by you"),
        (mark + table_digest + hmac.digest(bytes(32), mark + table_digest + graph, "sha256"), "was not made"),
        (b"tovec\x001\x00" + table_digest + hashlib.sha256(graph).digest(), "is of an earlier tovec"),
    ):
        path.write_bytes(graph + trailer)
        with pytest.raises(BadSource, match=why + ".*delete it, and it is made again"):
            ApproximateIndex.open_or_build(table, path)


def test_an_index_opens_where_its_key_is_and_nowhere_else(table, index, tmp_path, state, monkeypatch):
    path = index.save(tmp_path / "x")
    assert ApproximateIndex.open(table, path).search("t3", 5) == index.search("t3", 5)
    elsewhere = tmp_path / "elsewhere"
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(elsewhere))
    with pytest.raises(BadSource, match="x was not made here by you"):
        ApproximateIndex.open(table, path)
    assert not elsewhere.exists()  # to read makes no key
    user_key.key_path().parent.mkdir(parents=True)
    (key,) = (file for file in state.rglob("key") if file.is_file())
    shutil.copy(key, user_key.key_path())
    assert len(ApproximateIndex.open(table, path).search("t3", 5)) == 5


def test_a_graph_that_usearch_cannot_read_is_told_too(table, tmp_path):
    content = b"no graph at all"
    trailer = b"tovec\x002\x00" + _digest(table.vectors)
    signed = user_key.signature(trailer + hashlib.sha256(content).digest())
    (tmp_path / "x").write_bytes(content + trailer + signed)
    with pytest.raises(BadSource, match="x cannot be read"):
        ApproximateIndex.open(table, tmp_path / "x")


def test_a_pipe_in_the_place_of_an_index_is_refused(table, tmp_path):
    os.mkfifo(tmp_path / "x")
    with pytest.raises(BadSource, match="x cannot be read: it is not a file"):
        ApproximateIndex.open_or_build(table, tmp_path / "x")


def test_a_key_that_cannot_be_kept_is_named_before_the_work(table, index, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "file"))
    monkeypatch.setattr(ApproximateIndex, "build", lambda *_: pytest.fail("it was built"))
    with pytest.raises(CannotSave, match=r"the key .* as .*file.*key: "):
        ApproximateIndex.open_or_build(table, tmp_path / "new")
    with pytest.raises(CannotSave, match=r"the key .* as .*file.*key: "):
        index.save(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_index_that_the_disk_has_no_room_for_is_told_before_it_is_written(index, tmp_path, monkeypatch):
    monkeypatch.setattr("tovec.storage.disk.free_bytes", lambda folder: 10_000)
    with pytest.raises(NoSpace, match=r"the index needs \d+ kB in .*, and 10 kB are free; free \d+ kB there"):
        index.save(tmp_path / "index")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused_before_the_work(table, index, tmp_path, monkeypatch):
    monkeypatch.setattr(ApproximateIndex, "build", None)
    with pytest.raises(CannotSave, match="nowhere is not a folder to save an index in"):
        ApproximateIndex.open_or_build(table, tmp_path / "nowhere" / "x")
    with pytest.raises(BadSource, match="cannot be read"):
        ApproximateIndex.open_or_build(table, tmp_path)
    (tmp_path / "folder" / "in the way").mkdir(parents=True)
    with pytest.raises(CannotSave, match="there is a folder of that name"):
        index.save(tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]


class WritesHalf:
    """A graph whose library does not notice that the disk is full."""

    def __init__(self, graph):
        self._graph = graph
        self.serialized_length = graph.serialized_length

    def save(self, path):
        self._graph.save(path)
        os.truncate(path, self.serialized_length // 2)


def test_an_index_that_usearch_wrote_in_part_is_not_kept(table, index, tmp_path):
    with pytest.raises(NoSpace, match="No space left on device; nothing has been changed there"):
        ApproximateIndex(table, WritesHalf(index._graph)).save(tmp_path / "index")
    assert not list(tmp_path.iterdir())
