"""numpy's arrays with a file of tokens beside them."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec import Embedding
from tovec.errors import BadSource
from tovec.formats import save
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import array_file
from tovec.formats.vectors.array_file import recognizes


def load(path, **options):
    return Embedding.from_parts(array_file.load(path, ReadOptions(**options)))


TOKENS = ["cat", "dog", "개", "new york"]
VECTORS = np.random.default_rng(0).standard_normal((4, 6)) * 10


@pytest.fixture
def pair(tmp_path):
    def write(array, tokens="cat\ndog\n개\nnew york\n", name="table.txt"):
        np.save(tmp_path / "table.npy", array)
        (tmp_path / name).write_bytes(tokens.encode())
        return tmp_path / "table.npy"

    return write


@pytest.mark.parametrize(
    "dtype", ["<f4", "<f2", "<f8", ">f4", ">f8", ">f2", "i1", "u1", "<i2", ">i2", "<i4", ">i8", "<u8", ">u4"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_type_and_order_is_read_as_float32(pair, dtype, order):
    array = np.array(abs(VECTORS).astype(dtype), order=order)
    path = pair(array)
    assert recognizes(path, path.read_bytes()[:4096])
    made = load(path)
    expected = np.load(path).astype(np.float32)
    assert made.vocabulary.tokens == tuple(TOKENS)
    assert np.array_equal(made[:], expected)
    assert np.array_equal(made[["개", "cat"]], expected[[2, 0]])
    assert np.array_equal(made["dog"], expected[1])


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4"])
def test_rows_stay_on_disk_until_they_are_asked_for(pair, dtype):
    path = pair(VECTORS.astype(dtype))
    made = load(path)
    with path.open("r+b") as file:
        file.seek(-VECTORS.astype(dtype).nbytes, io.SEEK_END)
        file.write(np.full(6, 7, dtype).tobytes())
    with pytest.raises(BadSource, match="has changed since it was opened"):
        made["cat"]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_header_is_read(pair, version):
    path = pair(VECTORS)
    with path.open("wb") as file:
        np.lib.format.write_array(file, VECTORS, version=version)
    assert np.array_equal(load(path)[:], VECTORS.astype(np.float32))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("table.tokens", "cat\ndog\n개\nnew york\n"),
        ("table.tsv", "n\ttoken\n1\tcat\n2\tdog\n3\t개\n4\tnew york\n"),
        ("vocab.txt", "cat\ndog\n개\nnew york\n"),
        ("metadata.tsv", "cat\ndog\n개\nnew york\n"),
        ("vocabulary.json", '["cat", "dog", "개", "new york"]'),
    ],
)
def test_token_files_are_found_by_their_names(pair, name, text):
    made = load(pair(VECTORS, text, name))
    assert made.vocabulary.tokens == tuple(TOKENS)
    assert made.provenance == {"format": "npy", "file": "table.npy", "tokens": name}


def test_the_tokens_may_be_a_column_of_parquet(tmp_path):
    needs("pyarrow.parquet").write_table(needs("pyarrow").table({"w": TOKENS}), tmp_path / "table.parquet")
    np.save(tmp_path / "table.npy", VECTORS)
    assert load(tmp_path / "table.npy").vocabulary.tokens == tuple(TOKENS)
    assert load(tmp_path / "table.npy", limit=3).vocabulary.tokens == tuple(TOKENS[:3])


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_what_tovec_writes_reads_back(tmp_path, dtype):
    made = Embedding([*TOKENS, "\udcff", "a\tb"], np.float32(np.arange(18).reshape(6, 3)))
    read = load(save(made, tmp_path / "a.npy", dtype=dtype))
    assert read.vocabulary.tokens == made.vocabulary.tokens and np.array_equal(read[:], made[:])


def test_token_file_with_the_arrays_name_wins(pair):
    path = pair(VECTORS, "a\nb\nc\nd\n", "vocab.txt")
    assert load(pair(VECTORS)).vocabulary.tokens == tuple(TOKENS) and path.exists()


def test_array_without_tokens_lists_the_file_names_looked_for(tmp_path):
    np.save(tmp_path / "table.npy", VECTORS)
    with pytest.raises(
        BadSource, match=r"has no tokens: none of table\.txt, table\.vocab, .*vocab\.json is in its folder"
    ):
        load(tmp_path / "table.npy")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (VECTORS[0], r"its shape is \(6,\); a table has two dimensions"),
        (VECTORS[None], r"its shape is \(1, 4, 6\)"),
        (VECTORS[:, :0], r"its shape is \(4, 0\)"),
        (VECTORS > 0, "its numbers are bool; tovec reads float64, float32"),
        (VECTORS.astype(complex), "its numbers are complex128"),
        (VECTORS.astype("U5"), "its numbers are <U5"),
        (VECTORS.astype([("x", "f4")]), "its numbers are "),
        (VECTORS.astype("V2"), r"its numbers are \|V2"),
        (VECTORS[:3], "table.txt cannot be read: it lists 4 tokens, and the table has 3 rows"),
    ],
)
def test_array_that_is_not_a_table_is_refused(pair, array, message):
    with pytest.raises(BadSource, match=message):
        load(pair(array))


def test_pickled_objects_are_not_loaded(pair):
    path = pair(VECTORS)
    np.save(path, VECTORS.astype(object), allow_pickle=True)
    with pytest.raises(BadSource, match="its numbers are object"):
        load(path)


@pytest.mark.parametrize("change", [-1, 1, 4096])
def test_file_of_the_wrong_length_is_refused_when_opened(pair, change):
    path = pair(VECTORS)
    data = path.read_bytes()
    path.write_bytes(data[:change] if change < 0 else data + bytes(change))
    with pytest.raises(BadSource, match=f"it has {192 + change} bytes of numbers, and 4 x 6 need 192"):
        load(path)


def test_a_header_of_more_rows_than_the_file_has_is_refused(pair):
    path = pair(VECTORS)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"(4, 6), }     ", b"(99999, 6), } "))
    with pytest.raises(BadSource, match="it has 192 bytes of numbers, and 99999 x 6 need"):
        load(path)


def npy():
    file = io.BytesIO()
    np.save(file, VECTORS.astype(np.float32))
    return file.getvalue()


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 130), st.integers(0, 3), st.binary(max_size=3)), max_size=3),
    st.integers(0, 230) | st.none(),
)
@example([(10, 0, b"(((((((((")], None)
def test_a_mutated_file_is_an_embedding_or_one_line(pair, edits, cut):
    path, data = pair(VECTORS), npy()
    for at, n_gone, new in edits:
        data = data[:at] + new + data[at + n_gone :]
    path.write_bytes(data[:cut])
    try:
        assert load(path)[:].shape[0] == 4
    except BadSource as error:
        assert "\n" not in str(error)
