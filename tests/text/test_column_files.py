"""A column of text in files of tables, compared with what pandas, polars and pyarrow read and write."""

import csv
import gzip
import io
import json
import tracemalloc
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import ZSTD, needs

import tovec
from tovec.errors import BadSetting, BadText, MissingExtra
from tovec.text import tsv_rows
from tovec.text.column_files import ColumnDocuments
from tovec.text.training_input import documents_from

TEXTS = ["the cat sat", None, '한국어 "따옴표", 쉼표', "two\nlines\r\nhere", "세미콜론; 탭\t끝", "end"]
THERE = [text for text in TEXTS if text is not None]
ROWS = {"id": list(range(len(TEXTS))), "text": TEXTS, "x": ["same"] * len(TEXTS)}


def read(path, column="text", **options):
    """Return the texts of a column, and how many rows have none."""
    chunks = list(documents_from(path, column=column, **options).chunks())
    return [text for chunk in chunks for text in chunk.texts()], sum(chunk.n_missing for chunk in chunks)


def written(folder, name, content, encoding="utf-8"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def parquet(frame, path):
    frame.write_parquet(path)


WRITERS = {
    "polars.parquet": parquet,
    "polars.csv": lambda frame, path: frame.write_csv(path),
    "polars.tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    "polars.jsonl": lambda frame, path: frame.write_ndjson(path),
    "pandas.CSV": lambda frame, path: frame.to_pandas().to_csv(path, index=False),
    "semicolons.csv": lambda frame, path: frame.to_pandas().to_csv(path, sep=";", encoding="utf-8-sig"),
    "quoted.csv": lambda frame, path: frame.to_pandas().to_csv(path, quoting=csv.QUOTE_ALL),
    "tabs.csv": lambda frame, path: frame.to_pandas().to_csv(path, sep="\t", lineterminator="\r\n"),
    "pandas.tsv": lambda frame, path: frame.to_pandas().to_csv(path, sep="\t"),
    "pandas.csv.gz": lambda frame, path: frame.to_pandas().to_csv(path, index=False),
    "pandas.ndjson": lambda frame, path: frame.to_pandas().to_json(path, orient="records", lines=True),
    "pandas.jsonl.gz": lambda frame, path: frame.to_pandas().to_json(path, orient="records", lines=True),
    "pandas.pq": lambda frame, path: frame.to_pandas().to_parquet(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_pandas_and_polars_write_is_read_a_row_a_document(tmp_path, name):
    needs("pandas")
    path = tmp_path / name
    WRITERS[name](needs("polars").DataFrame(ROWS), path)
    assert read(path) == (THERE, 1)
    documents = documents_from(path, column="text")
    assert isinstance(documents, ColumnDocuments) and documents.readable_again
    assert sum(chunk.n_read for chunk in documents.chunks()) == documents.n_bytes() == path.stat().st_size


@pytest.mark.parametrize("kind", ["large_string", "string_view", "dictionary"])
def test_all_types_of_text_of_parquet_are_read_in_chunks_of_some_rows(tmp_path, kind):
    pyarrow, parquet = needs("pyarrow"), needs("pyarrow.parquet")
    column = pyarrow.array(TEXTS * 50)
    column = column.dictionary_encode() if kind == "dictionary" else column.cast(kind)
    table = pyarrow.table({"a.b": [1] * len(column), "text.en": column})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=37)
    documents = documents_from(tmp_path / "t.parquet", column="text.en")
    chunks = list(documents.chunks(chunk_bytes=500))
    assert [text for chunk in chunks for text in chunk.texts()] == THERE * 50
    assert len(chunks) > 3 and sum(chunk.n_missing for chunk in chunks) == 50


def test_archives_folders_and_globs_are_read_in_order(tmp_path):
    zstd = needs(ZSTD)
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    written(folder, "b.csv.zst", zstd.compress(b"text\nfrom b\n"))
    written(folder / "deep", "c.tsv.gz", gzip.compress(b"n\ttext\n1\tfrom c\n"))
    written(folder, "a.jsonl", '{"text": "from a"}\n')
    written(folder, "README.md", "# not a table\n")
    assert read(folder) == (["from a", "from b", "from c"], 0)
    assert read(str(folder / "*.csv.*")) == (["from b"], 0)
    assert read([folder / "deep", folder / "a.jsonl"]) == (["from c", "from a"], 0)
    with pytest.raises(BadText, match=r"README.md: a column is read from .parquet, .csv, .tsv"):
        read(folder / "README.md")
    (folder / "empty").mkdir()
    written(folder / "empty", "x.txt", "x")
    with pytest.raises(BadText, match="empty: the folder holds no table"):
        read(folder / "empty")


@pytest.mark.parametrize(
    ("name", "content", "texts", "n_missing"),
    [
        # Miller #161: a mark before a first cell in quotes
        ("quoted-mark.csv", '\ufeff"text","n"\n"a, b","1"\n', ["a, b"], 0),
        ("short-rows.csv", "n,text,more\n1,one\n2\n3,three,\n4,four,x,,\n", ["one", "three", "four"], 1),
        ("blank-lines.csv", "\r\ntext,n\r\n\r\na,1\r\n\r\n", ["a"], 0),
        ("mac.csv", "text,n\ra,1\rb,2\r", ["a", "b"], 0),
        ("no-end.csv", 'n,text\n1,"a\nb"', ["a\nb"], 0),
        ("spaces.csv", " n , text \n1,a\n", ["a"], 0),
        ("nul.csv", "n,text\n1,a\0b\n", ["a\0b"], 0),
        ("years.csv", "text\n1984\n2001: a space odyssey\n", ["1984", "2001: a space odyssey"], 0),
        ("blank.jsonl", '\n{"text": "a"}\n\n  \n{"n": 1}\n{"text": null}\r\n', ["a"], 2),
        ("lines.jsonl", '{"text": "a\\nb\u2028c\x85d"}', ["a\nb\u2028c\x85d"], 0),
        ("late.jsonl", '{"n": 1}\n{"text": "a"}\n', ["a"], 1),
        # no quotes, as in GLUE's files: a cell may begin with one
        (
            "plain.tsv",
            'n\ttext\n1\t"K" is a wrap\n2\t"open\n3\tthe "end"\n',
            ['"K" is a wrap', '"open', 'the "end"'],
            0,
        ),
        ("quoted.tsv", 'text\tn\n"a\tb"\t1\n"c\nd ""e"""\t2\n', ["a\tb", 'c\nd "e"'], 0),
        ("open-at-end.tsv", 'text\n"a\nb\n', ['"a', "b"], 0),
        ("commas.tsv", "n,text\n1,a\n", ["a"], 0),
    ],
)
def test_tables_as_people_write_them(tmp_path, name, content, texts, n_missing):
    assert read(written(tmp_path, name, content)) == (texts, n_missing)


def test_other_encodings_and_bad_bytes_are_as_for_text(tmp_path):
    korean = "번호,text\n1,고양이\n"
    assert read(written(tmp_path, "a.csv", korean, "cp949"), encoding="cp949") == (["고양이"], 0)
    assert read(written(tmp_path, "b.csv", korean, "utf-16"), encoding="utf-16") == (["고양이"], 0)
    bad = written(tmp_path, "c.csv", b"text,n\na\xff,1\n")
    with pytest.raises(BadText, match=r"c.csv: byte 0xff at offset 8 is not utf-8"):
        read(bad)
    (chunk,) = documents_from(bad, column="text", errors="replace").chunks()
    assert (list(chunk.texts()), chunk.n_replaced) == (["a\ufffd"], 1)


def test_a_name_is_the_same_composed_and_decomposed(tmp_path):
    name, decomposed = "리뷰", unicodedata.normalize("NFD", "리뷰")
    table = tmp_path / "a.parquet"
    needs("polars").DataFrame({decomposed: ["좋은 영화"]}).write_parquet(table)
    lines = written(tmp_path, "a.jsonl", json.dumps({decomposed: "좋은 영화"}))
    for path in (table, lines, written(tmp_path, "a.csv", f"n,{decomposed}\n1,좋은 영화\n")):
        assert read(path, name) == (["좋은 영화"], 0)
        assert read(path, decomposed) == (["좋은 영화"], 0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,body\n1,a\n", "a.csv has no column 'text'; its columns are 'id', 'body'$"),
        ("a.csv", "", "a.csv is empty; its first line names the columns"),
        ("a.csv", "text,text\na,b\n", "a.csv has two columns named 'text'"),
        ("a.csv", "n,text\n1,a\n2,b,c\n", "a.csv, line 3: 3 cells where the first line has 2"),
        ("a.csv", 'n,text\n1,a\n2,"b" c\n', "a.csv, line 3: .*; a cell that holds a quote is written"),
        ("a.csv", 'n,text\n1,a\n2,"b\nc\n', "a.csv, line 3: unexpected end of data"),
        ("a.csv", "n,text\n1,5\n2,6.5\n", "a.csv: column 'text' holds numbers, not text"),
        ("a.tsv", "n\ttext\n1\ta\tb\n", "a.tsv, line 2: 3 cells where the first line has 2"),
        ("a.jsonl", '{"body": 1, "id": 2}\n', "a.jsonl has no column 'text'; its columns are 'body', 'id'$"),
        ("a.jsonl", '{"text": "a"}\n{"text": "b"\n', "a.jsonl, line 2 is not JSON: .* at character 13"),
        (
            "a.jsonl",
            '{"text": "a',
            "a.jsonl, line 1 is not JSON: Unterminated string starting at character 10;",
        ),
        ("a.jsonl", '{"text": "a"}\n["b"]\n', "a.jsonl, line 2 is .'b'., of type list; each line is one obj"),
        ("a.jsonl", '{"text": "a"}\n{"text": 5}\n', "a.jsonl, line 2: 'text' is 5, of type int, not text"),
        ("a.jsonl", '{"text": ["a"]}\n', "a.jsonl, line 1: 'text' is .'a'., of type list, not text"),
        ("a.jsonl", '{"text": "\\ud800"}\n', "a.jsonl, line 1: 'text' holds a lone surrogate"),
        ("a.jsonl", '{"n": ' + "9" * 5000 + "}\n", "a.jsonl, line 1 cannot be read: Exceeds the limit"),
        ("a.jsonl", "[" * 100_000 + "\n", "a.jsonl, line 1 cannot be read"),
        ("a.json", '[{"text": "a"},\n{"text": "b"}]', "a.json is one list; write one object a line"),
        ("a.json", '[{"text": "a"}]\n', "a.json is one list; write one object a line"),
        ("a.parquet", "text", "a.parquet cannot be read as Parquet: "),
        ("a.parquet.gz", "text", "a.parquet.gz: a column is read from"),
        ("a.csv.gz", "text", "a.csv.gz: the archive is damaged"),
        ("a.xlsx", "PK", "a.xlsx: a column is read from .parquet, .csv, .tsv and .jsonl files"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line_with_its_place(tmp_path, name, content, message):
    needs("pyarrow")
    with pytest.raises(BadText, match=message) as caught:
        read(written(tmp_path, name, content))
    assert "\n" not in str(caught.value)


def test_a_column_of_parquet_that_holds_no_text_is_refused_before_it_is_read(tmp_path):
    polars = needs("polars")
    polars.DataFrame({"n": [1], "lists": [["a"]], "bytes": [b"a"]}).write_parquet(tmp_path / "a.parquet")
    for column, message in {
        "n": r"a.parquet: column 'n' holds numbers \(int64\), not text",
        "lists": "a.parquet: column 'lists' holds large_list.*, not text",
        "bytes": "a.parquet: column 'bytes' holds large_binary, not text",
        "text": "a.parquet has no column 'text'; its columns are 'n', 'lists', 'bytes'",
    }.items():
        with pytest.raises(BadText, match=message):
            read(tmp_path / "a.parquet", column)


def test_text_of_parquet_that_is_not_utf8_is_refused(tmp_path):
    pyarrow, parquet = needs("pyarrow"), needs("pyarrow.parquet")
    raw = pyarrow.array([b"a", b"\xff"], pyarrow.binary())
    bad = pyarrow.StringArray.from_buffers(2, *raw.buffers()[1:])
    parquet.write_table(pyarrow.table({"text": bad}), tmp_path / "a.parquet")
    with pytest.raises(BadText, match=r"a.parquet cannot be read as Parquet: .*UTF"):
        read(tmp_path / "a.parquet")


def test_what_does_not_go_with_a_column_is_refused(tmp_path):
    path = written(tmp_path, "a.csv", "text\na\n")
    with pytest.raises(BadSetting, match="document must be left out beside `column`"):
        documents_from(path, "file", column="text")
    with pytest.raises(BadSetting, match="column must be left out where the text is not in files"):
        tovec.train(["a text"], column="text")
    with pytest.raises(BadSetting, match="column must be the name of a column, not ''"):
        documents_from(path, column="")
    with pytest.raises(BadText, match=r"nothing.csv: no such file"):
        documents_from(tmp_path / "nothing.csv", column="text")


def test_held_out_text_is_a_column_of_the_same_name_or_texts(tmp_path):
    lines = ["the cat sat on the mat", "the dog sat on the log"] * 20
    path = written(tmp_path, "a.csv", "text,n\n" + "".join(f"{line},1\n" for line in lines))
    settings = {"column": "text", "dim": 4, "min_count": 1, "threads": 1, "epochs": 1}
    losses = [
        tovec.train(path, validation=held_out, **settings).provenance["validation_losses"]
        for held_out in (path, lines)
    ]
    assert losses[0] == losses[1]


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"a.parquet: reading Parquet needs .*arrow"):
        read(written(tmp_path, "a.parquet", "PAR1"))


cells = st.text(st.characters(codec="utf-8"), max_size=12).filter(
    lambda text: text == "" or not text.isspace()
)
tables = st.lists(st.tuples(st.sampled_from(["one", "둘"]), cells), min_size=1, max_size=8)


def documents_of(texts):
    """Return the texts that are documents: those that hold more than ASCII white space."""
    return [text for text in texts if text.strip(" \t\n\v\f\r")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables, delimiter=st.sampled_from([",", ";", "\t"]), line_end=st.sampled_from(["\n", "\r\n"]))
def test_every_cell_that_python_writes_as_csv_is_read_again(tmp_path, table, delimiter, line_end):
    table = [("word", "no number"), *table]
    content = io.StringIO(newline="")
    # All in quotes: until Python 3.13 the writer left a bare carriage return without them.
    writer = csv.writer(content, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("kind", "text"), *table])
    found, n_missing = read(written(tmp_path, "a.csv", content.getvalue()))
    assert found == documents_of(cell for _, cell in table)
    assert n_missing == sum(cell == "" for _, cell in table)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables)
def test_every_text_in_json_lines_is_read_again(tmp_path, table):
    for ascii_only in (True, False):
        lines = [json.dumps({"kind": kind, "text": cell}, ensure_ascii=ascii_only) for kind, cell in table]
        found, _ = read(written(tmp_path, "a.jsonl", "\n".join(lines)))
        assert found == documents_of(cell for _, cell in table)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.text('a"b', max_size=4)] * 2), max_size=6))
def test_cells_without_quoting_stay_as_they_are_unless_their_quotes_are_whole(rows):
    lines = ["\t".join(row) + "\n" for row in [("x", "y"), *rows]]
    found = [row for _, row in tsv_rows.tsv_rows(lines)]
    assert len(found) <= len(lines)
    if '"' not in "".join(lines):
        assert found == [line.rstrip("\n").split("\t") for line in lines]
    for _, row in tsv_rows.tsv_rows(lines):
        assert len(row) == 2


def test_parquet_takes_no_more_memory_than_some_of_its_rows(tmp_path):
    pyarrow, parquet = needs("pyarrow"), needs("pyarrow.parquet")
    texts = [f"{row} " * 1000 for row in range(100_000, 104_000)]
    table = pyarrow.table({"text": texts})  # 28 MB in one row group
    parquet.write_table(table, tmp_path / "a.parquet", use_dictionary=False, compression="none")
    assert parquet.ParquetFile(tmp_path / "a.parquet").num_row_groups == 1
    del table
    pool = pyarrow.default_memory_pool()
    before, most, n_bytes = pool.bytes_allocated(), 0, 0
    for chunk in documents_from(tmp_path / "a.parquet", column="text").chunks():
        most, n_bytes = max(most, pool.bytes_allocated()), n_bytes + len(chunk.data)
    assert n_bytes == sum(map(len, texts))
    assert most - before < 12 << 20


def test_lines_take_no_more_memory_than_some_of_them(tmp_path):
    line = json.dumps({"text": "a word " * 100}) + "\n"
    path = written(tmp_path, "a.jsonl", line * 12_000)  # 8.5 MB
    tracemalloc.start()
    n_documents = sum(len(chunk.starts) for chunk in documents_from(path, column="text").chunks(1 << 16))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_documents == 12_000 and most < 6 << 20


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'n,text\n1,"the ""cat""\nsat, here"\n2,\n3,end\n', "csv"),
        (b"\xef\xbb\xbfn;text\r\n1;a, b\r\n2;end\r\n", "csv"),
        (b'n\ttext\n1\tthe "cat" sat\n2\t\n', "tsv"),
        (b"text\nthe cat\n", "csv"),
        (b'\n {"n": 1, "text": "a\\nb"}\n{"text": null}\n', "jsonl"),
    ],
)
def test_standard_input_is_read_as_the_file_that_it_looks_like(tmp_path, monkeypatch, content, kind):
    expected = read(written(tmp_path, f"rows.{kind}", content))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    documents = documents_from("-", column="text")
    assert documents.n_bytes() is None and not documents.readable_again
    chunks = list(documents.chunks())
    assert [text for chunk in chunks for text in chunk.texts()] == expected[0]
    assert sum(chunk.n_missing for chunk in chunks) == expected[1]


def test_standard_input_that_holds_no_such_column_says_so(tmp_path, monkeypatch):
    def error_of(content):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        with pytest.raises(BadText) as caught:
            list(documents_from("-", column="text").chunks())
        return str(caught.value)

    assert error_of(b"a,b\n1,2\n") == "standard input has no column 'text'; its columns are 'a', 'b'"
    assert error_of(b"").startswith("standard input is empty; its first line names the columns")
    assert "standard input is one list; write one object a line" in error_of(b'[{"text": "a"}]')
    path = tmp_path / "rows.parquet"
    needs("polars").DataFrame(ROWS).write_parquet(path)
    parquet_error = "standard input is a Parquet file, which is not read in order; save it as a file"
    assert error_of(path.read_bytes()) == parquet_error


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.tsv", "a.ndjson"])
def test_rows_are_the_values_of_all_rows_in_their_places(tmp_path, name):
    frame = needs("polars").DataFrame({"n": [1, 2, 3, 4], "text": ["the cat", None, " ", "end"]})
    writers = {"a.parquet": frame.write_parquet, "a.csv": frame.write_csv, "a.ndjson": frame.write_ndjson}
    writers["a.tsv"] = lambda path: frame.write_csv(path, separator="\t")
    writers[name](tmp_path / name)
    assert list(ColumnDocuments((tmp_path / name,), "text").rows()) == ["the cat", None, " ", "end"]
