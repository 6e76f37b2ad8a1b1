"""Embeddings as frames and arrays of other libraries, and from them; these libraries are the oracles."""

from datetime import date

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadText, MissingExtra, TovecError
from tovec.frames import as_column, as_frame, values_of
from tovec.server.page_data import page_data
from tovec.text.training_input import documents_from
from tovec.vectors.derived import is_in_memory

TOKENS, COUNTS = ["cat", "한국", "Ġdog"], [5, 3, 2]
ROWS = np.arange(12, dtype=np.float32).reshape(3, 4) / 7
EMBEDDING = tovec.Embedding(tovec.Vocabulary(TOKENS, COUNTS), ROWS)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return the same embedding with a table that is read on demand."""
    embedding = tovec.open(EMBEDDING.save(tmp_path_factory.mktemp("frames") / "saved"))
    assert not is_in_memory(embedding.vectors)
    return embedding


def quantized():
    """Return an embedding whose rows are put together from codes on demand."""
    from tovec.vectors.quantized import GGML_TYPES
    from tovec.vectors.stored import StoredTable

    raw = np.random.default_rng(0).integers(0, 60, size=(3, 34 * 2), dtype=np.uint8)
    return tovec.Embedding(TOKENS, StoredTable(raw, GGML_TYPES[8], 64))


def test_an_embedding_is_a_frame_of_polars_arrow_and_pandas(opened):
    polars, pyarrow, pandas = needs("polars"), needs("pyarrow"), needs("pandas")
    for embedding in (EMBEDDING, opened):
        frame = polars.DataFrame(embedding)
        assert frame.schema == {
            "token": polars.String,
            "vector": polars.Array(polars.Float32, 4),
            "count": polars.Int64,
        }
        assert frame["token"].to_list() == TOKENS and frame["count"].to_list() == COUNTS
        assert np.array_equal(frame["vector"].to_numpy(), ROWS)
        table = pyarrow.table(embedding)
        table.validate(full=True)
        assert table.schema.field("vector").type == pyarrow.list_(pyarrow.float32(), 4)
        if hasattr(pandas.DataFrame, "from_arrow"):  # since pandas 3
            assert np.array_equal(np.stack(pandas.DataFrame.from_arrow(embedding)["vector"]), ROWS)
    names = pyarrow.table(tovec.Embedding(TOKENS, ROWS)).column_names
    assert names == ["token", "vector"]  # where no counts are known


def test_a_large_table_is_handed_out_batch_after_batch(opened, monkeypatch):
    pyarrow = needs("pyarrow")
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 8)
    reader = pyarrow.RecordBatchReader.from_stream(opened)
    assert [batch.num_rows for batch in reader] == [2, 1]
    assert np.array_equal(tovec.Embedding.from_frame(opened)[:], ROWS)


def test_a_token_that_is_not_text_is_refused_with_the_way_out():
    pyarrow = needs("pyarrow")
    with pytest.raises(TovecError, match=r"cannot hold the token '\\udce2'.*\.parquet file with `escape`"):
        pyarrow.table(tovec.Embedding(["a", "\udce2"], [[1.0], [2.0]]))


def test_a_frame_without_pyarrow_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"an embedding as a frame needs .*arrow"):
        EMBEDDING.__arrow_c_stream__()


def frames():
    """Return frames of several libraries that hold the embedding."""
    pandas, polars, pyarrow = needs("pandas"), needs("polars"), needs("pyarrow")
    frame, table = polars.DataFrame(EMBEDDING), pyarrow.table(EMBEDDING)
    wide = pandas.DataFrame(ROWS, index=TOKENS)
    wide["count"] = COUNTS
    return {
        "polars": frame,
        "polars, lazy": frame.lazy(),
        "polars, lists": frame.with_columns(polars.col("vector").arr.to_list()),
        "polars, a column a number": polars.DataFrame(
            {"word": TOKENS, "count": COUNTS, **{f"dim_{at}": ROWS[:, at] for at in range(4)}}
        ),
        "arrow": table,
        "arrow, a batch": table.to_batches()[0],
        "arrow, lists": table.set_column(1, "vector", pyarrow.array(ROWS.tolist())),
        "pandas": table.to_pandas(),
        "pandas of arrow": table.to_pandas(types_mapper=pandas.ArrowDtype),
        "pandas, lists": pandas.DataFrame({"count": COUNTS, "embedding": ROWS.tolist(), "token": TOKENS}),
        "pandas, index": pandas.DataFrame({"vector": list(ROWS), "count": COUNTS}, index=TOKENS),
        "pandas, a column a number": wide,
        "pandas, categories": table.to_pandas().astype({"token": "category"}),
        "an embedding": EMBEDDING,
    }


def test_frames_of_all_kinds_are_the_same_embedding():
    for kind, frame in frames().items():
        embedding = tovec.Embedding.from_frame(frame)
        assert list(embedding) == TOKENS, kind
        assert np.array_equal(embedding[:], ROWS) and embedding.vectors.dtype == np.float32, kind
        assert embedding.vocabulary.counts.tolist() == COUNTS, kind


def test_named_columns_are_taken_whatever_they_are_called():
    frame = needs("polars").DataFrame(
        {"a": ["x", "y"], "b": ["u", "v"], "e": [[1.0], [2.0]], "f": [[3.0], [4.0]], "g": [5, 6]}
    )
    embedding = tovec.Embedding.from_frame(frame, token="b", vector="f")
    assert (list(embedding), embedding[:].tolist()) == (["u", "v"], [[3], [4]])
    embedding = tovec.Embedding.from_frame(frame, token="g", vector="e")
    assert (list(embedding), embedding[:].tolist()) == (["5", "6"], [[1], [2]])
    embedding = tovec.Embedding.from_frame(frame, vector=["g"])
    assert (list(embedding), embedding[:].tolist()) == (["x", "y"], [[5], [6]])
    with pytest.raises(TovecError, match="several of its columns hold vectors: 'e', 'f'"):
        tovec.Embedding.from_frame(frame, token="b")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"token": ["a"]}, "the frame is not one of vectors: none of its columns holds vectors: 'token'"),
        (
            {"n": [1], "vector": [[1.0]]},
            "none of its columns holds tokens: 'n', 'vector'",
        ),
        ({"token": ["a", "b"], "vector": [[1.0], [1.0, 2.0]]}, "row 1, counted from 0, has 2 numbers, .* 1$"),
        ({"token": ["a", None], "vector": [[1.0], [1.0]]}, "row 1, counted from 0, has no token"),
        ({"token": ["a", "b"], "vector": [[1.0], None]}, "row 1, .* has no vector in column 'vector'"),
        ({"token": ["a", "b"], "x0": [1.0, None], "x1": [1.0, 2.0]}, "row 1, .* no number in column 'x0'"),
        (
            {"token": ["a", "a"], "vector": [[1.0], [1.0]]},
            "token 'a' stands in the vocabulary more",
        ),
        (
            {"token": ["a"], "vector": [[]]},
            "row 0, counted from 0, of column 'vector' is .*, not a list of num",
        ),
        (
            {"token": ["a"], "vector": ["[1.0]"]},
            r"'vector' holds text: a CSV file of lists is read by tovec.open\(path\)",
        ),
        (
            {"token": [b"a"], "vector": [[1.0]]},
            "its column 'token' holds neither text nor numbers; make text",
        ),
    ],
)
@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_frame_that_is_no_embedding_is_refused_in_one_line(package, columns, message):
    with pytest.raises(TovecError, match=message) as caught:
        tovec.Embedding.from_frame(needs(package).DataFrame(columns))
    assert "\n" not in str(caught.value)


def test_what_is_no_frame_and_columns_that_are_not_there_are_refused():
    polars, pandas = needs("polars"), needs("pandas")
    for given in ([["cat", [1.0]]], {"token": ["cat"]}, "table.csv", polars.Series(["a"]), None):
        with pytest.raises(TovecError, match="a frame is one of pandas, polars, Arrow or another lib"):
            tovec.Embedding.from_frame(given)
    with pytest.raises(TovecError, match="no column 'x' in the frame; its columns are 'token', 'vec"):
        tovec.Embedding.from_frame(polars.DataFrame(EMBEDDING), vector=["x"])
    with pytest.raises(TovecError, match=r"row 0, .* of column 'vector' is .*, not a list of num"):
        tovec.Embedding.from_frame(pandas.DataFrame({"token": ["a"], "vector": ["b"]}), vector="vector")
    twice = pandas.DataFrame([["a", 1, 2]], columns=["token", "x", "x"])
    with pytest.raises(TovecError, match="the DataFrame has two columns named 'x'"):
        tovec.Embedding.from_frame(twice)


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_frame_is_viewed_with_its_other_columns_as_metadata(package):
    frame = needs(package).DataFrame(
        {
            "word": ["cat", "mat"],
            "kind": ["animal", None],
            "vector": [[1.0, 0.0], [0.0, 1.0]],
            "count": [2, 1],
        }
    )
    data = page_data(frame)
    assert list(data.embedding) == ["cat", "mat"] and data.embedding.vocabulary.counts.tolist() == [2, 1]
    assert [(column.name, column.labels) for column in data.columns] == [("kind", ("animal",))]
    given = page_data(frame, metadata={"token": ["cat"], "legs": [4]})
    assert [column.name for column in given.columns] == ["legs"]
    assert page_data(frame[["word", "vector"]]).columns == ()


def test_vectors_in_metadata_are_left_out_with_a_note():
    notes = []
    frame = needs("polars").DataFrame(EMBEDDING).with_columns(kind=needs("polars").lit("k"))
    data = page_data(EMBEDDING, metadata=frame, report=lambda event: notes.append(event.line))
    assert [column.name for column in data.columns] == ["count", "kind"]
    assert notes == ["column 'vector' of the metadata is left out: it holds lists or records"]


def test_lazy_tables_are_arrays_as_the_protocol_of_numpy_has_it(opened):
    for embedding in (opened, quantized(), tovec.Embedding(TOKENS, ROWS.astype(np.float16))):
        table = embedding.vectors
        rows = embedding[:]
        assert np.array_equal(np.asarray(table), rows)
        assert np.asarray(table, dtype=np.float64).dtype == np.float64
        copied = np.array(table, copy=True)
        copied[:] = 0  # its own memory
        assert np.array_equal(np.asarray(table), rows)
        if not is_in_memory(table):
            with pytest.raises(ValueError, match=r"made on demand, so an array is a copy"):
                np.asarray(table, copy=False)


def test_tables_are_tensors_by_dlpack(opened):
    torch = needs("torch")
    in_memory = torch.from_dlpack(EMBEDDING.vectors)
    assert in_memory.data_ptr() == EMBEDDING.vectors.ctypes.data  # nothing is copied
    for embedding in (opened, quantized()):
        table = embedding.vectors
        for tensor in (torch.from_dlpack(table), torch.tensor(table)):
            assert tensor.dtype == torch.float32 and np.array_equal(tensor.numpy(), embedding[:])
        assert np.array_equal(np.from_dlpack(table), embedding[:])
        assert table.__dlpack_device__() == np.zeros(1).__dlpack_device__()
        with pytest.raises(BufferError, match=r"made on demand, so an array is a copy"):
            table.__dlpack__(copy=False)


def columns():
    """Return the same column of text from several libraries and types."""
    pandas, polars, pyarrow = needs("pandas"), needs("polars"), needs("pyarrow")
    return {
        "pandas": pandas.Series(TOKENS),
        "pandas, objects": pandas.Series(TOKENS, dtype=object),
        "pandas, string": pandas.Series(TOKENS, dtype="string"),
        "pandas, categories": pandas.Series(TOKENS, dtype="category"),
        "pandas of arrow": pandas.Series(TOKENS, dtype=pandas.ArrowDtype(pyarrow.large_string())),
        "polars": polars.Series(TOKENS),
        "polars, categories": polars.Series(TOKENS, dtype=polars.Categorical),
        "arrow, chunks": pyarrow.chunked_array([TOKENS[:1], TOKENS[1:]]),
        "arrow": pyarrow.array(TOKENS),
        "arrow, large": pyarrow.array(TOKENS, pyarrow.large_string()),
        "arrow, view": pyarrow.array(TOKENS, pyarrow.string_view()),
        "arrow, dictionary": pyarrow.array(TOKENS).dictionary_encode(),
    }


def test_columns_of_all_kinds_are_texts_as_often_as_they_are_read(monkeypatch):
    monkeypatch.setattr("tovec.frames._ROWS_AT_ONCE", 2)
    for kind, column in columns().items():
        documents = documents_from(column)
        assert documents.readable_again
        for _ in range(2):
            assert [text for chunk in documents.chunks() for text in chunk.texts()] == TOKENS, kind


def test_a_missing_row_of_a_column_is_named_whatever_the_library_calls_missing():
    pandas, polars, pyarrow = needs("pandas"), needs("polars"), needs("pyarrow")
    texts = ["a", "b", None]
    for column in (
        pandas.Series(texts),
        pandas.Series(["a", "b", float("nan")], dtype=object),
        pandas.Series(texts, dtype="string"),
        pandas.Series(texts, dtype="category"),
        polars.Series(texts),
        pyarrow.chunked_array([texts]),
        pyarrow.array(texts),
    ):
        with pytest.raises(BadText, match=r"document 3 .*row 2, counted from 0, has no value; leave"):
            list(documents_from(column).chunks())


def test_columns_that_hold_no_text_and_whole_frames_are_refused_at_once():
    pandas, polars, pyarrow = needs("pandas"), needs("polars"), needs("pyarrow")
    frame = polars.DataFrame({"n": [1], "text": ["a"], "day": [date(2024, 1, 1)]})
    with pytest.raises(BadText, match="column 'n' holds Int64, not text; give the one that holds the text"):
        documents_from(frame["n"])
    with pytest.raises(BadText, match="column 'day' holds Date"):
        documents_from(frame["day"])
    with pytest.raises(BadText, match="the column holds Float64, not text"):
        documents_from(pyarrow.array([1.5]))
    for whole in (frame, frame.to_pandas(), frame.to_arrow()):
        with pytest.raises(BadText, match=r"give the one .* as table\['text'\] \(it has 'n', 'text', 'd"):
            documents_from(whole)
    with pytest.raises(BadText, match=r"a LazyFrame .* as table.select\('text'\).collect\(\)\['text'\]"):
        documents_from(frame.lazy())
    with pytest.raises(BadText, match="document 1 is 1, of type int"):
        list(documents_from(pandas.Series([1, 2], dtype="category")).chunks())


def test_training_on_a_column_gives_what_training_on_its_texts_gives():
    texts = ["the cat sat on the mat", "the dog sat on the rug"] * 20
    frame = needs("polars").DataFrame({"text": texts})
    settings = {"dim": 4, "min_count": 1, "threads": 1}
    expected = tovec.train(texts, **settings)
    for column in (frame["text"], frame.to_arrow()["text"]):
        assert np.array_equal(tovec.train(column, **settings)[:], expected[:])


def test_columns_are_embedded_as_their_texts_are():
    embedding = tovec.Embedding(["cat", "dog"], [[1.0, 0.0], [0.0, 1.0]]).with_tokenizer("words")
    expected = embedding.embed(["a cat", "a dog"])
    for column in (needs("pyarrow").array(["a cat", "a dog"]), needs("polars").Series(["a cat", "a dog"])):
        assert np.array_equal(embedding.embed(column), expected)
        assert [ids.tolist() for ids in embedding.encode(column)] == [[0], [1]]


def test_anything_that_streams_arrow_is_a_frame():
    class Streams:
        def __arrow_c_stream__(self, requested_schema=None):
            return needs("pyarrow").table({"a": ["x", None]}).__arrow_c_stream__(requested_schema)

    assert values_of(as_frame(Streams(), "a test").get_column("a")) == ["x", None]
    assert as_frame([1], "a test") is as_frame("a", "a test") is as_column([1]) is as_column(None) is None


def test_of_an_index_of_several_levels_only_text_becomes_columns():
    pandas = needs("pandas")
    levels = pandas.MultiIndex.from_tuples([("cat", 5), ("dog", 6)])
    embedding = tovec.Embedding.from_frame(pandas.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]}, index=levels))
    assert (list(embedding), embedding[:].tolist()) == (["cat", "dog"], [[1, 3], [2, 4]])
    frame = pandas.DataFrame({"word": ["cat", "dog"], "vector": [[1.0], [2.0]]}).set_index("word", drop=False)
    assert list(tovec.Embedding.from_frame(frame)) == ["cat", "dog"]


def test_columns_of_one_name_in_arrow_are_refused():
    pyarrow = needs("pyarrow")
    twice = pyarrow.table([["cat"], [1], [2], [[1.0]]], names=["token", "x", "x", "vector"])
    with pytest.raises(TovecError, match="the Table has two columns named 'x'"):
        tovec.Embedding.from_frame(twice)


def test_a_column_may_be_named_by_a_number_and_counts_beyond_int64_are_none():
    pandas = needs("pandas")
    frame = pandas.DataFrame(
        {"token": ["cat"], 0: [1.0], 1: [2.0], "count": np.array([2**63], dtype=np.uint64)}
    )
    embedding = tovec.Embedding.from_frame(frame, vector=1)
    assert (embedding[:].tolist(), embedding.vocabulary.counts) == ([[2]], None)


def test_a_document_in_place_of_a_token_is_shortened_where_an_embedding_shows_itself():
    documents = needs("pandas").DataFrame({"text": ["word " * 10_000, "b"], "vector": [[1.0], [2.0]]})
    assert len(repr(tovec.Embedding.from_frame(documents))) < 200


def test_what_can_be_made_a_frame_says_how():
    class Dataset:  # that of Hugging Face has this method and no stream of Arrow
        def to_pandas(self):
            raise AssertionError

    with pytest.raises(TovecError, match=r"of type Dataset; its method to_pandas\(\) gives one"):
        tovec.Embedding.from_frame(Dataset())
