"""Parquet, read back by pyarrow."""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.embedding import Embedding
from tovec.errors import CannotSave, MissingExtra
from tovec.text.vocabulary import Vocabulary

TOKENS = ["cat", "New York", "", "\0", "한", "a\nb", "\ufeff"]


@pytest.fixture(autouse=True)
def arrow():
    needs("pyarrow")


def read(path):
    from pyarrow import parquet

    return parquet.read_table(path)


@pytest.mark.parametrize(("dtype", "arrow"), [("f32", "float"), ("f16", "halffloat")])
def test_pyarrow_reads_every_column_back(tmp_path, dtype, arrow, monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 8)
    vectors = np.random.default_rng(0).standard_normal((7, 4), dtype=np.float32)
    made = Embedding(Vocabulary(TOKENS, np.arange(7) * 2**40), vectors)
    table = read(tovec.save(made, tmp_path / "a.parquet", dtype=dtype))
    assert table.column_names == ["id", "token", "vector", "count"]
    assert table["id"].to_pylist() == list(range(7))
    assert table["token"].to_pylist() == TOKENS
    assert table["count"].to_pylist() == [row * 2**40 for row in range(7)]
    assert str(table["vector"].type) == f"fixed_size_list<element: {arrow}>[4]"
    expected = vectors if dtype == "f32" else vectors.astype(np.float16)
    np.testing.assert_array_equal(np.array(table["vector"].to_pylist()), expected)


def test_more_columns_are_numbers_lists_and_records(tmp_path):
    made = Embedding.random(["a", "b"], 3)
    columns = {
        "projection_x": np.array([1.5, -2.0], np.float32),
        "neighbors": {
            "ids": np.array([[1], [0]], np.int32),
            "distances": np.array([[0.5], [0.25]], np.float32),
        },
    }
    rows = read(tovec.save(made, tmp_path / "a.parquet", columns=columns)).to_pylist()
    assert [(row["projection_x"], row["neighbors"]) for row in rows] == [
        (1.5, {"ids": [1], "distances": [0.5]}),
        (-2.0, {"ids": [0], "distances": [0.25]}),
    ]


def test_lists_without_entries_are_empty(tmp_path):
    made = Embedding.random(["a"], 3)
    columns = {"neighbors": {"ids": np.empty((1, 0), np.int32)}}
    assert read(tovec.save(made, tmp_path / "a.parquet", columns=columns))["neighbors"].to_pylist() == [
        {"ids": []}
    ]


def test_an_empty_table_keeps_its_columns(tmp_path):
    table = read(tovec.save(Embedding([], np.empty((0, 3), np.float32)), tmp_path / "a.parquet"))
    assert (table.num_rows, table.column_names) == (0, ["id", "token", "vector"])


def test_invalid_unicode_is_refused_or_escaped(tmp_path):
    made = Embedding.random(["ok", "\udcff"], 2)
    with pytest.raises(CannotSave, match=r"Parquet cannot hold the token '\\udcff'; .* writes it as \\xff"):
        tovec.save(made, tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
    assert read(tovec.save(made, tmp_path / "a.parquet", escape=True))["token"].to_pylist() == [
        "ok",
        r"\xff",
    ]


def test_columns_go_into_no_other_format(tmp_path):
    with pytest.raises(
        CannotSave, match=r"word2vec text cannot hold a projection or neighbors; \.parquet can"
    ):
        tovec.save(Embedding.random(["a"], 2), tmp_path / "a.vec", columns={"x": np.zeros(1)})


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(
        MissingExtra, match=r"Parquet needs an optional package: pip install 'tovec\[arrow\]'"
    ):
        tovec.save(Embedding.random(["a"], 2), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
