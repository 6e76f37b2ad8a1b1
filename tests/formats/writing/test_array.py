"""NumPy arrays with their tokens beside them, read back by numpy."""

import numpy as np
import pytest

import tovec
from tovec.embedding import Embedding
from tovec.errors import CannotSave


@pytest.mark.parametrize(("dtype", "numpy_dtype"), [("f32", np.float32), ("f16", np.float16)])
def test_numpy_maps_the_array_and_the_lines_are_the_tokens(tmp_path, dtype, numpy_dtype, monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 50)
    names = [*(f"token {row}" for row in range(99)), "\udcff한".replace("한", "")]
    made = Embedding(names, np.random.default_rng(0).standard_normal((100, 7), dtype=np.float32))
    assert tovec.save(made, tmp_path / "a.npy", dtype=dtype) == tmp_path / "a.npy"
    read = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert read.dtype == numpy_dtype
    np.testing.assert_array_equal(read, made.vectors.astype(numpy_dtype))
    assert (tmp_path / "a.txt").read_bytes() == "".join(f"{name}\n" for name in names).encode(
        "utf-8", "surrogateescape"
    )


def test_the_array_is_the_bytes_that_numpy_writes(tmp_path):
    made = Embedding.random(["a", "b"], 3)
    tovec.save(made, tmp_path / "ours.npy")
    np.save(tmp_path / "theirs.npy", made.vectors)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()


@pytest.mark.parametrize("token", ["line\nbreak", "a\r", "", "\ufeffa"])
def test_token_with_a_line_end_is_refused_or_escaped(tmp_path, token):
    made = Embedding.random(["ok", token], 2)
    with pytest.raises(CannotSave, match="a list of lines cannot hold the token"):
        tovec.save(made, tmp_path / "a.npy")
    assert list(tmp_path.iterdir()) == []
    tovec.save(made, tmp_path / "a.npy", escape=True)
    assert (tmp_path / "a.txt").read_bytes().count(b"\n") == 2


def test_only_its_own_token_file_is_overwritten(tmp_path):
    made = Embedding.random(["a"], 2)
    (tmp_path / "a.txt").write_text("my text")
    with pytest.raises(
        CannotSave, match=r"the tokens go to .*a\.txt, and there is another file of that name"
    ):
        tovec.save(made, tmp_path / "a.npy")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "my text")]
    tovec.save(made, tmp_path / "b.npy")
    tovec.save(Embedding.random(["b", "c"], 2), tmp_path / "b.npy")
    assert (tmp_path / "b.txt").read_text() == "b\nc\n"


def test_an_empty_table_is_an_empty_array(tmp_path):
    tovec.save(Embedding([], np.empty((0, 3), np.float32)), tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (0, 3)
    assert (tmp_path / "a.txt").read_bytes() == b""


def test_int8_is_refused_with_what_can(tmp_path):
    with pytest.raises(
        CannotSave, match=r"a NumPy array and its tokens cannot hold int8, only f32, f16; .safet"
    ):
        tovec.save(Embedding.random(["a"], 2), tmp_path / "a.npy", dtype="int8")
