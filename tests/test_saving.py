"""tovec.save writes by suffix; tovec.convert takes an embedding or a source. Formats are in tests/formats."""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSetting, BadSource, CannotSave, TovecError

FOUR = ["cat", "dog", "mat", "sat"]


@pytest.fixture
def four():
    return tovec.Embedding.random(FOUR, 3, seed=1)


@pytest.mark.parametrize("name", ["x.vec", "x.bin", "x.npy", "x.tsv", "x.safetensors", "x"])
def test_function_and_method_write_the_same_format_by_the_suffix(four, tmp_path, name):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = tovec.save(four, tmp_path / "a" / name), four.save(str(tmp_path / "b" / name))
    assert one.is_dir() == (name == "x") == other.is_dir()
    for opened in (tovec.open(one), tovec.open(other)):
        assert list(opened) == FOUR
        np.testing.assert_allclose(opened[:], four[:], rtol=1e-6)


def test_only_an_embedding_is_saved(tmp_path):
    with pytest.raises(TovecError, match=r"embedding is an Embedding, such as tovec\.open"):
        tovec.save([[1.0]], tmp_path / "x.vec")


def test_source_and_opened_embedding_convert_to_the_same_bytes(four, tmp_path):
    source = four.save(tmp_path / "four.npy")
    made = tovec.convert(source, tmp_path / "a.vec")
    assert (made.format, made.n_tokens, made.dim, made.dtype) == ("word2vec-text", 4, 3, "f32")
    assert made.explained_variance is None
    tovec.convert(str(source), str(tmp_path / "b.vec"))
    tovec.convert(tovec.open(source), tmp_path / "c.vec")
    one, *others = [(tmp_path / f"{name}.vec").read_bytes() for name in "abc"]
    assert others == [one, one]


def test_converted_embedding_is_cut_and_reduced(tmp_path):
    counts = [1, 9, 8, 2]
    four = tovec.Embedding(tovec.Vocabulary(FOUR, counts), np.diag([1.0, 2, 3, 4])[:, 1:])
    made = tovec.convert(four, tmp_path / "two", top=2, dim=1)
    opened = tovec.open(tmp_path / "two")
    assert (list(opened), opened.dim, made.n_tokens, made.dim) == (["dog", "mat"], 1, 2, 1)
    assert made.explained_variance == pytest.approx(9 / 13)


@pytest.mark.parametrize("name", ["x.vec", "x.bin", "x.npy", "x.safetensors", "x"])
def test_components_removed_by_convert_are_those_that_the_method_removes(tmp_path, name):
    source = tovec.Embedding.random([f"t{row}" for row in range(50)], 7, seed=2).save(tmp_path / "source.npy")
    made = tovec.convert(source, tmp_path / name, remove_components=2)
    expected = tovec.open(source).without_components(2)[:]
    np.testing.assert_allclose(tovec.open(tmp_path / name)[:], expected, atol=1e-6)
    assert 2 / 7 < made.removed_share < 1


def test_converted_folder_takes_the_snapshots_of_its_source_along(four, tmp_path):
    four.save(tmp_path / "moments" / "0000")
    run = tovec.save(four, tmp_path / "run", snapshots=tmp_path / "moments")
    tovec.convert(run, tmp_path / "a")
    tovec.convert(tovec.open(run), tmp_path / "b", opened_from=run)
    tovec.convert(tovec.open(run), tmp_path / "c")
    for folder in (run, tmp_path / "a", tmp_path / "b"):
        assert list(tovec.open(folder / "snapshots" / "0000")) == FOUR
    assert not (tmp_path / "c" / "snapshots").exists()


def test_parquet_gets_columns_of_a_map_and_of_neighbors(four, tmp_path):
    parquet = needs("pyarrow.parquet")
    tovec.convert(four, tmp_path / "x.parquet", projection="pca", neighbors=2)
    table = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    for row, token in zip(table, FOUR, strict=True):
        nearest = four.neighbors(token, 2)
        assert row["neighbors"]["ids"] == [hit.id for hit in nearest]
        assert row["neighbors"]["distances"] == pytest.approx(
            [1 - hit.similarity for hit in nearest], abs=1e-6
        )
        assert isinstance(row["projection_x"], float)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"dest": "x.unknown"}, CannotSave, "cannot tell the format of x.unknown"),
        ({"dest": 3}, CannotSave, "a file or a folder is given by its path, not by 3"),
        ({"top": 0}, BadSetting, "top must be at least 1, not 0"),
        ({"dim": 4}, BadSetting, "dim must be from 1 to 3"),
        ({"remove_components": -1}, BadSetting, "remove_components must be a whole number from 0 up, not -1"),
        (
            {"remove_components": 3},
            BadSetting,
            "remove_components must be below 3, the length of the vectors",
        ),
        ({"projection": "pca"}, CannotSave, r"cannot hold a projection or neighbors; \.parquet can"),
        ({"source": "nowhere.vec"}, BadSource, "nowhere.vec does not exist"),
    ],
)
def test_wrong_argument_of_convert_is_one_line(four, tmp_path, monkeypatch, options, kind, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=message):
        tovec.convert(**{"source": four, "dest": "x.vec", **options})
    assert list(tmp_path.iterdir()) == []
