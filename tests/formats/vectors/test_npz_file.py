"""numpy's archives of arrays: numpy's own answers, tokens in them and beside them, what is refused."""

import io
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tovec
from tovec.errors import BadSource

TOKENS = ["cat", "dog", "개", "new york"]
ROWS = np.random.default_rng(0).standard_normal((4, 6)) * 10
SAVES = pytest.mark.parametrize("save", [np.savez, np.savez_compressed])


@SAVES
@pytest.mark.parametrize("dtype", ["<f4", "<f2", "<f8", ">f4", "i1", "<i8"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("strings", ["U", "S"])
def test_array_with_tokens_equals_what_numpy_reads(tmp_path, save, dtype, order, strings):
    path = tmp_path / "a.npz"
    names = np.array(TOKENS) if strings == "U" else np.array([token.encode() for token in TOKENS])
    save(path, counts=np.arange(4), words=names, vectors=np.array(ROWS.astype(dtype), order=order))
    made = tovec.open(path)
    assert list(made) == TOKENS
    np.testing.assert_array_equal(made[:], np.load(path)["vectors"].astype(np.float32))
    np.testing.assert_array_equal(made[["개", "cat"]], made[:][[2, 0]])
    assert made.provenance == {"format": "npz", "file": "a.npz", "array": "vectors", "tokens": "words"}


def test_uncompressed_array_is_read_when_asked_for(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, words=np.array(TOKENS), vectors=ROWS.astype("<f4"))
    made = tovec.open(path)
    start = path.read_bytes().index(ROWS.astype("<f4").tobytes())
    with path.open("r+b") as file:
        file.seek(start)
        file.write(np.full(6, 7, "<f4").tobytes())
    with pytest.raises(BadSource, match="has changed since it was opened"):
        made["cat"]


@SAVES
def test_npz_tokens_come_from_a_file_beside_it_or_a_tokenizer(tmp_path, save):
    save(tmp_path / "a.npz", ROWS)
    with pytest.raises(BadSource, match=r"a\.npz has no tokens: none of a\.txt, .* is in its folder; give"):
        tovec.open(tmp_path / "a.npz")
    (tmp_path / "list.txt").write_text("\n".join(TOKENS))
    assert list(tovec.open(tmp_path / "a.npz", tmp_path / "list.txt")) == TOKENS
    (tmp_path / "a.txt").write_text("\n".join("wxyz"))
    assert list(tovec.open(tmp_path / "a.npz")) == list("wxyz")


@SAVES
def test_of_several_tables_one_is_named(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, one=ROWS, two=ROWS[:, :2], three=np.arange(4), words=np.array(TOKENS))
    with pytest.raises(BadSource, match=r"several arrays .* SOURCE#NAME: one \(4, 6\), two \(4, 2\)"):
        tovec.open(path)
    assert tovec.open(f"{path}#two").dim == 2 and tovec.open_model(f"{path}#one").input.dim == 6
    with pytest.raises(BadSource, match="it holds no array 'four'; there are one"):
        tovec.open(f"{path}#four")
    with pytest.raises(BadSource, match=r"its array 'three' is of shape \(4,\), not a table of numbers"):
        tovec.open(f"{path}#three")


def test_pickled_objects_are_not_loaded(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, vectors=ROWS.astype(object), words=np.array(TOKENS, dtype=object))
    with pytest.raises(BadSource, match="it holds no table of numbers; there are vectors"):
        tovec.open(path)
    np.savez(path, vectors=ROWS, words=np.array(TOKENS, dtype=object))
    with pytest.raises(BadSource, match="array 'words' holds Python objects"):
        tovec.open(path)


def test_an_archive_of_something_else_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.vec", "the 1 2\n")
    with pytest.raises(BadSource, match="it holds no table of numbers; there are no arrays"):
        tovec.open(tmp_path / "a.npz")


def test_array_out_of_proportion_to_its_archive_is_refused(tmp_path):
    file = io.BytesIO()
    np.save(file, np.zeros((500, 20_000), np.float32))
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("vectors.npy", file.getvalue())
    with pytest.raises(BadSource, match="its array 'vectors' would take 40,000,000 bytes, more"):
        tovec.open(tmp_path / "a.npz")


def bytes_of(save):
    file = io.BytesIO()
    save(file, vectors=ROWS.astype(np.float32), words=np.array(TOKENS))
    return file.getvalue()


@SAVES
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_mutated_archive_is_an_embedding_or_one_line(tmp_path, save, data):
    changed = bytearray(bytes_of(save))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.npz"
    path.write_bytes(changed[: data.draw(st.none() | st.integers(0, len(changed)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = tovec.open(path)
            assert made[:].shape == (len(made), made.dim)
        except BadSource as error:
            assert "\n" not in str(error)


def test_an_entry_whose_name_is_damaged_is_one_short_line(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, words=np.array(TOKENS), vectors=ROWS)
    whole = path.read_bytes()
    for place, value in (
        (7, 0x08),
        (26, 0xF0),
        (26, 200),
        (30, 0xFF),
    ):
        flagged = bytearray(whole)
        flagged[place] = value
        if place == 7:
            flagged[30] = 0x93  # says UTF-8, and is none
        path.write_bytes(flagged)
        with pytest.raises(BadSource, match="its zip archive cannot be read") as refused:
            tovec.open(path)
        assert len(str(refused.value)) < len(str(path)) + 160


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        (
            {"w": np.array(TOKENS, dtype=object)},
            r"'w' holds Python objects.*np\.array\(tokens, dtype=str\)",
        ),
        (
            {"w": np.array(TOKENS), "kind": np.array(["x"] * 4)},
            "arrays could be the tokens: 'w', 'kind'",
        ),
    ],
)
def test_unusable_token_arrays_of_an_npz_are_named(tmp_path, arrays, told):
    np.savez(tmp_path / "a.npz", vectors=ROWS, **arrays)
    with pytest.raises(BadSource, match=told):
        tovec.open(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["scale", "row_scales", "zero_point"])
def test_integer_array_beside_scales_is_refused(tmp_path, name):
    arrays = {"words": np.array(TOKENS), name: np.ones(4, "f4")}
    np.savez(tmp_path / "codes.npz", vectors=ROWS.astype("i1"), **arrays)
    with pytest.raises(BadSource, match=f"'vectors' is of int8 and '{name}' is beside it.*may be quantized"):
        tovec.open(tmp_path / "codes.npz")
    np.savez(tmp_path / "numbers.npz", vectors=ROWS, **arrays)
    assert tovec.open(tmp_path / "numbers.npz")[:].tolist() == ROWS.astype("f4").tolist()


def test_arrays_named_as_the_parts_of_a_model_are_named_with_their_suffix(tmp_path):
    np.savez(tmp_path / "a.npz", words=np.array(TOKENS), input=ROWS, output=ROWS[:, :2])
    with pytest.raises(BadSource, match=r"SOURCE#NAME: input\.npy \(4, 6\), output\.npy \(4, 2\)"):
        tovec.open(tmp_path / "a.npz")
    assert tovec.open(f"{tmp_path / 'a.npz'}#output.npy").dim == 2
    assert tovec.open(f"{tmp_path / 'a.npz'}#input.npy").dim == 6


@pytest.mark.parametrize("order", "<>")
def test_token_with_an_invalid_code_point_is_damage(tmp_path, order):
    tokens = np.array(["cat", "dog"]).astype(f"{order}U3")
    tokens.view(f"{order}u4")[4] = 0x110000
    np.savez(tmp_path / "a.npz", vectors=np.eye(2), tokens=tokens)
    with pytest.raises(
        BadSource, match="is damaged: the token in row 2 has a character that is not in Unicode"
    ):
        tovec.open(tmp_path / "a.npz")
