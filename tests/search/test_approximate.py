"""The graph over a table: cosines are exact, and a file is opened only for its own table and its own user."""

import hashlib
import hmac
import os
import shutil

import numpy as np
import pytest
from approximate_rows import rows
from approximate_rows import state as state
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSource, CannotSave, NoSpace
from tovec.search.approximate import GraphIndex, _digest
from tovec.storage import user_key

pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture(scope="module")
def table():
    return rows()


@pytest.fixture(scope="module")
def index(table):
    return GraphIndex.build(table)


def save(index, path):
    index.save(path)
    return path


def nearest(index):
    return index.nearest(index.vectors[3], 5, [3]).ids.tolist()


def test_most_of_the_nearest_rows_are_found_with_their_exact_cosines(table, index):
    rows = np.nan_to_num(table).astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    exact = rows @ rows[3]
    found = index.nearest(table[3], 10, [3])
    np.testing.assert_allclose(found.similarities, exact[found.ids], atol=1e-6)
    assert (np.diff(found.similarities) <= 0).all() and 3 not in found.ids
    exact[3] = -1
    assert len(set(found.ids.tolist()) & set(np.argsort(-exact)[:10].tolist())) >= 8


def test_usearch_itself_reads_the_file(table, index, tmp_path):
    theirs = needs("usearch.index").Index.restore(str(save(index, tmp_path / "x.usearch")))
    assert (len(theirs), theirs.ndim) == (2000 - 11, 32)
    unit = table[3] / np.linalg.norm(table[3])
    assert theirs.search(unit, 1).keys.tolist() == [3]


@pytest.mark.parametrize("change", ["another row", "fewer rows", "another shape"])
def test_the_index_of_other_vectors_is_refused(table, index, tmp_path, change):
    path = save(index, tmp_path / "x.usearch")
    vectors = table.copy()
    if change == "another row":
        vectors[1500] *= 2
    elif change == "fewer rows":
        vectors = vectors[:-1]
    else:
        vectors = vectors.reshape(4000, 16)
    with pytest.raises(BadSource, match=r"x\.usearch is the index of other vectors; name another file"):
        GraphIndex.open_or_build(vectors, path)


def test_index_recognizes_its_vectors_in_another_number_type(table, tmp_path):
    half = table.astype(np.float16)
    path = save(GraphIndex.build(half), tmp_path / "x")
    GraphIndex.open(half.astype(np.float32), path)


@settings(max_examples=60)
@given(st.data())
def test_any_damaged_byte_is_an_error_of_one_line(table, index, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    content = bytearray(save(index, folder / "x").read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / "x").write_bytes(content)
    with pytest.raises(BadSource) as caught:
        GraphIndex.open(table, folder / "x")
    assert "\n" not in str(caught.value) and str(folder / "x") in str(caught.value)


@pytest.mark.parametrize("place", [0, 8, 40, 200, -5000, -300, -90])
def test_a_crafted_file_never_reaches_usearch(table, index, tmp_path, monkeypatch, place):
    path = tmp_path / "x"
    content = save(index, path).read_bytes()
    graph, mark, table_digest = bytearray(content[:-72]), content[-72:-64], content[-64:-32]
    graph[place : place + 8] = b"\xff" * 8
    monkeypatch.setattr(needs("usearch.index").Index, "restore", None)  # would crash the process
    for trailer, why in (
        (mark + table_digest + hashlib.sha256(graph).digest(), "was not made here by you"),
        (mark + table_digest + hmac.digest(bytes(32), mark + table_digest + graph, "sha256"), "was not made"),
        (b"tovec\x001\x00" + table_digest + hashlib.sha256(graph).digest(), "was saved by an earlier tovec"),
    ):
        path.write_bytes(graph + trailer)
        with pytest.raises(BadSource, match=why + ".*delete it to build it again"):
            GraphIndex.open_or_build(table, path)


def test_index_opens_only_with_the_key_that_signed_it(table, index, tmp_path, state, monkeypatch):
    path = save(index, tmp_path / "x")
    assert nearest(GraphIndex.open(table, path)) == nearest(index)
    elsewhere = tmp_path / "elsewhere"
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(elsewhere))
    with pytest.raises(BadSource, match="x was not made here by you"):
        GraphIndex.open(table, path)
    assert not elsewhere.exists()  # to read makes no key
    user_key.key_path().parent.mkdir(parents=True)
    (key,) = (file for file in state.rglob("key") if file.is_file())
    shutil.copy(key, user_key.key_path())
    assert nearest(GraphIndex.open(table, path)) == nearest(index)


def test_signed_graph_that_usearch_cannot_read_is_an_error(table, tmp_path):
    content = b"no graph at all"
    trailer = b"tovec\x002\x00" + _digest(table)
    signed = user_key.signature(trailer + hashlib.sha256(content).digest())
    (tmp_path / "x").write_bytes(content + trailer + signed)
    with pytest.raises(BadSource, match="x cannot be read"):
        GraphIndex.open(table, tmp_path / "x")


def test_pipe_is_refused_as_an_index_file(table, tmp_path):
    os.mkfifo(tmp_path / "x")
    with pytest.raises(BadSource, match="x cannot be read: it is not a file"):
        GraphIndex.open_or_build(table, tmp_path / "x")


def test_key_that_cannot_be_stored_is_reported_before_the_index_is_built(table, index, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "file"))
    monkeypatch.setattr(GraphIndex, "build", lambda *_: pytest.fail("it was built"))
    with pytest.raises(CannotSave, match=r"the key .* as .*file.*key: "):
        GraphIndex.open_or_build(table, tmp_path / "new")
    with pytest.raises(CannotSave, match=r"the key .* as .*file.*key: "):
        save(index, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_too_little_disk_space_is_reported_before_the_index_is_written(index, tmp_path, monkeypatch):
    monkeypatch.setattr("tovec.storage.disk.free_bytes", lambda folder: 10_000)
    with pytest.raises(NoSpace, match=r"the index needs \d+ kB in .*, and 10 kB are free; free \d+ kB there"):
        save(index, tmp_path / "index")
    assert not list(tmp_path.iterdir())


def test_unwritable_path_is_refused_before_the_index_is_built(table, index, tmp_path, monkeypatch):
    monkeypatch.setattr(GraphIndex, "build", None)
    with pytest.raises(CannotSave, match="nowhere is not a folder to save an index in"):
        GraphIndex.open_or_build(table, tmp_path / "nowhere" / "x")
    with pytest.raises(BadSource, match="cannot be read"):
        GraphIndex.open_or_build(table, tmp_path)
    (tmp_path / "folder" / "in the way").mkdir(parents=True)
    with pytest.raises(CannotSave, match="there is a folder of that name"):
        save(index, tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]


class WritesHalf:
    """A graph whose library does not notice that the disk is full."""

    def __init__(self, graph):
        self._graph = graph
        self.serialized_length = graph.serialized_length

    def save(self, path):
        self._graph.save(path)
        os.truncate(path, self.serialized_length // 2)


def test_index_that_usearch_wrote_only_in_part_is_removed(table, index, tmp_path):
    with pytest.raises(NoSpace, match="No space left on device; nothing has been changed there"):
        GraphIndex(table, WritesHalf(index._graph)).save(tmp_path / "index")
    assert not list(tmp_path.iterdir())
