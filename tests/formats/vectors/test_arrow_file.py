"""Tables of Arrow: every kind of file and column, what is missing or different, any bytes."""

import base64
import re
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec import Embedding
from tovec.errors import BadSource, MissingExtra
from tovec.formats import save
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import arrow_file
from tovec.formats.vectors.arrow_file import recognizes
from tovec.text.vocabulary import Vocabulary


def load(path, **options):
    return Embedding.from_parts(arrow_file.load(path, ReadOptions(**options)))


TOKENS = ["cat", "dog", "개", "new york", ""]
VECTORS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


@pytest.fixture
def arrow():
    return needs("pyarrow")


def write(table, path, rows=2):
    """Write the table in the format of the suffix, in groups of `rows` rows."""
    arrow = needs("pyarrow")
    if path.suffix == ".parquet":
        needs("pyarrow.parquet").write_table(table, path, row_group_size=rows)
        return path
    new = arrow.ipc.new_file if path.suffix == ".feather" else arrow.ipc.new_stream
    with arrow.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


SUFFIXES = pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])


@SUFFIXES
@pytest.mark.parametrize("number", ["float32", "float64", "float16", "int8"])
@pytest.mark.parametrize("lists", ["list_", "large_list", "fixed"])
@pytest.mark.parametrize("token", ["string", "large_string", "string_view", "dictionary"])
def test_a_column_of_vectors_is_read(arrow, tmp_path, suffix, number, lists, token):
    kind = getattr(arrow, number)()
    kind = arrow.list_(kind, 3) if lists == "fixed" else getattr(arrow, lists)(kind)
    rows = (VECTORS * 10).astype(number)
    names = arrow.array(TOKENS)
    names = names.dictionary_encode() if token == "dictionary" else names.cast(getattr(arrow, token)())
    table = arrow.table({"count": [5, 4, 3, 2, 1], "vec": arrow.array(list(rows), kind), "word": names})
    path = write(table, tmp_path / f"a{suffix}")
    assert recognizes(path, path.read_bytes()[:4096])
    made = load(path)
    assert made.vocabulary.tokens == tuple(TOKENS)
    assert made.vectors.dtype == np.float32 and np.array_equal(made.vectors, rows.astype(np.float32))
    assert made.provenance == {"format": "Arrow table", "file": path.name}


@SUFFIXES
def test_a_number_a_column_and_whole_numbers_as_tokens(arrow, tmp_path, suffix):
    columns = {f"d.{i}": VECTORS[:, i] for i in (2, 0, 1)}
    made = load(write(arrow.table({"id": [7, 1, 3, 2, 9], **columns}), tmp_path / f"a{suffix}"))
    assert made.vocabulary.tokens == ("7", "1", "3", "2", "9")
    assert made.vectors.tobytes() == VECTORS.tobytes()


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_what_tovec_writes_reads_back(arrow, tmp_path, dtype):
    made = Embedding(Vocabulary(TOKENS, range(5)), np.float32(np.arange(15).reshape(5, 3)))
    projection = {"projection_x": np.arange(5.0), "projection_y": np.arange(5.0)}
    read = load(save(made, tmp_path / "a.parquet", dtype=dtype, columns=projection))
    assert read.vocabulary.tokens == made.vocabulary.tokens and np.array_equal(read[:], made[:])


def test_sliced_arrow_arrays_are_read_correctly(arrow, tmp_path):
    table = arrow.table({"word": TOKENS, "vec": arrow.array(list(VECTORS), arrow.list_(arrow.float32(), 3))})
    made = load(write(table.slice(1, 3), tmp_path / "a.feather"))
    assert made.vocabulary.tokens == tuple(TOKENS[1:4]) and made.vectors.tobytes() == VECTORS[1:4].tobytes()


def test_count_column_is_left_out_of_the_vectors_and_reported(arrow, tmp_path):
    columns = {"word": ["cat", "dog"], "x": [0.5, 3.0], "y": [-1.25, 4.0], "count": [7, 8]}
    options = ReadOptions()
    made = Embedding.from_parts(arrow_file.load(write(arrow.table(columns), tmp_path / "a.parquet"), options))
    assert made.vectors.tolist() == [[0.5, -1.25], [3, 4]]
    assert options.findings == ["not part of the vectors, by the name of the column: 'count'"]


def test_pandas_tables_read_back(tmp_path):
    pandas = needs("pandas")
    pandas.DataFrame({"word": TOKENS, "v": list(VECTORS)}).to_parquet(tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet").vectors.tobytes() == VECTORS.tobytes()


@SUFFIXES
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"word": TOKENS[:3], "v": [[1.0, 2], [3.0], [5.0, 6]]},
            "row 2 has 1 number, and those before have 2",
        ),
        ({"word": TOKENS[:3], "v": [[1.0], [3.0], [5.0, 6]]}, "row 3 has 2 numbers, and those before have 1"),
        ({"word": TOKENS[:3], "v": [[1.0], [2.0], None]}, "numbers are missing in row 3"),
        ({"word": TOKENS[:3], "v": [[1.0, 2], [3.0, None], [5.0, 6]]}, "numbers are missing in row 2"),
        ({"word": TOKENS[:3], "x0": [1, 2, 3], "x1": [1, 2, None]}, "numbers are missing in row 3"),
        ({"word": ["a", "b", None], "v": [[1.0]] * 3}, "row 3 has no token"),
        ({"word": ["a"], "v": [[]]}, "none of its columns holds vectors: 'word', 'v'"),
        ({"user": ["a"], "item": ["b"]}, "none of its columns holds vectors: 'user', 'item'"),
        ({"v": [[1.0]]}, "none of its columns holds tokens: 'v'; name one of them token"),
        (
            {"a": ["a"], "v": [[1.0]], "w": [[1.0]]},
            "several of its columns hold vectors: 'v', 'w'; name one of them vector",
        ),
    ],
)
def test_a_mistake_is_one_line_with_file_and_row(arrow, tmp_path, suffix, columns, message):
    path = write(arrow.table(columns), tmp_path / f"a{suffix}")
    what = "cannot be read" if "of its columns" in message else "is damaged"
    with pytest.raises(BadSource, match=re.escape(f"{path} {what}: {message}") + r"\Z"):
        load(path)


@SUFFIXES
def test_a_table_without_rows_or_with_empty_vectors_is_refused(arrow, tmp_path, suffix):
    kind = arrow.schema({"word": arrow.string(), "v": arrow.list_(arrow.float32())})
    with pytest.raises(BadSource, match="it has no rows"):
        load(write(kind.empty_table(), tmp_path / f"a{suffix}"))
    with pytest.raises(BadSource, match="the vector of row 1 has no numbers"):
        load(write(arrow.table({"word": ["a"], "v": [[]]}, kind), tmp_path / f"b{suffix}"))


def test_two_columns_of_one_name_are_refused(arrow, tmp_path):
    table = arrow.Table.from_arrays(
        [arrow.array(["a"]), arrow.array([[1.0]]), arrow.array([[1.0]])], list("wvv")
    )
    with pytest.raises(BadSource, match="two of its columns are named 'v'"):
        load(write(table, tmp_path / "a.feather"))


def test_arrow_table_out_of_proportion_to_its_file_is_refused(arrow, tmp_path):
    zeros = arrow.FixedSizeListArray.from_arrays(np.zeros(5_000 * 2_000, np.float32), 2_000)
    table = arrow.table({"id": np.arange(5_000), "v": zeros})
    path = tmp_path / "a.parquet"
    needs("pyarrow.parquet").write_table(table, path, compression="zstd", use_dictionary=["v.list.element"])
    assert path.stat().st_size < 30_000
    with pytest.raises(BadSource, match="more than 1000 times its size"):
        load(path)


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"])
def test_tokens_of_every_encoding_are_read(arrow, tmp_path, encoding):
    """Spark writes the first where it writes Parquet 2; pyarrow makes no dictionary of it."""
    vectors = np.random.default_rng(0).standard_normal((1000, 3), np.float32)
    table = arrow.table({"token": [f"word{n}" for n in range(1000)], "vector": list(vectors)})
    path = tmp_path / "a.parquet"
    needs("pyarrow.parquet").write_table(
        table, path, use_dictionary=False, column_encoding={"token": encoding}, data_page_version="2.0"
    )
    opened = load(path)
    assert opened.vocabulary.tokens == tuple(f"word{n}" for n in range(1000))
    np.testing.assert_array_equal(opened.vectors, vectors)


def test_delta_encoded_tokens_out_of_proportion_are_refused(arrow, tmp_path):
    table = arrow.table({"token": ["x" * 20_000] * 3_000, "vector": [[1.0]] * 3_000})
    path = tmp_path / "a.parquet"
    needs("pyarrow.parquet").write_table(
        table, path, compression="zstd", use_dictionary=False, column_encoding={"token": "DELTA_BYTE_ARRAY"}
    )
    assert path.stat().st_size < 20_000
    with pytest.raises(BadSource, match="more than 1000 times its size"):
        load(path)


@pytest.mark.parametrize("plain_footer", [True, False])
def test_an_encrypted_file_is_not_called_damaged(arrow, tmp_path, plain_footer):
    encryption, parquet = needs("pyarrow.parquet.encryption"), needs("pyarrow.parquet")

    class Keys(encryption.KmsClient):
        def wrap_key(self, key_bytes, master_key_identifier):
            return base64.b64encode(key_bytes)

        def unwrap_key(self, wrapped_key, master_key_identifier):
            return base64.b64decode(wrapped_key)

    settings = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"c": ["token"]}, plaintext_footer=plain_footer
    )
    properties = encryption.CryptoFactory(lambda _: Keys()).file_encryption_properties(
        encryption.KmsConnectionConfig(), settings
    )
    table = arrow.table({"token": ["a", "b"], "vector": [[1.0], [2.0]]})
    parquet.write_table(table, tmp_path / "a.parquet", encryption_properties=properties)
    with pytest.raises(BadSource, match="cannot be read: it is encrypted; decrypt it first"):
        load(tmp_path / "a.parquet")


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtra, match=r"a\.parquet: reading Parquet and Arrow needs .*tovec\[arrow\]"):
        load(tmp_path / "a.parquet")


@SUFFIXES
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_file_is_an_embedding_or_one_line(arrow, tmp_path, suffix, data):
    path = tmp_path / f"a{suffix}"
    table = arrow.table({"word": TOKENS, "v": arrow.array(list(VECTORS), arrow.list_(arrow.float32()))})
    write(table, path)
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(text[: data.draw(st.integers(0, len(text)) | st.none())])
    try:
        assert load(path).vectors.ndim == 2
    except BadSource as error:
        assert "\n" not in str(error)
