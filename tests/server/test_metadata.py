import math
from decimal import Decimal

import numpy as np
import pytest
from needs import needs

from tovec.errors import BadText, MissingExtra, TovecError
from tovec.server import metadata
from tovec.server.metadata import read_metadata
from tovec.text.vocabulary import Vocabulary

ANIMALS = Vocabulary(["cat", "dog", "mat", "sat", "2024"])


def of_file(folder, name, content):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_metadata(path, ANIMALS)


def values(column):
    """What a reader of the codes and labels sees, token by token."""
    if column.kind == "category":
        return [None if code == 0 else column.labels[code - 1] for code in column.values]
    return [None if math.isnan(value) else value for value in column.values.tolist()]


TSV = "kind\ttoken\tlegs\r\nanimal\tcat\t4\r\nthing\tmat\t\r\nanimal\tdog\t4.5\r\nyear\t2024\t-1e3\r\n"


def test_a_file_is_joined_on_its_token_column(tmp_path):
    read = of_file(tmp_path, "words.tsv", "\ufeff" + TSV)
    assert read.notes == ()
    kind, legs = read.columns
    assert (kind.name, kind.kind, kind.values.dtype) == ("kind", "category", np.uint16)
    assert values(kind) == ["animal", "animal", "thing", None, "year"]
    assert kind.labels[0] == "animal"  # what most tokens have
    assert (legs.name, legs.kind, legs.values.dtype) == ("legs", "number", np.float32)
    assert values(legs) == [4.0, 4.5, None, None, -1000.0]


def test_all_kinds_of_tables_give_the_same_columns(tmp_path):
    pandas, pyarrow, parquet = needs("pandas"), needs("pyarrow"), needs("pyarrow.parquet")
    columns = {
        "token": ["cat", "mat", "dog", "2024"],
        "kind": ["animal", "thing", None, "year"],
        "legs": [4, None, 4.5, -1000],
    }
    frame = pandas.DataFrame(columns)
    frame.to_csv(tmp_path / "frame.csv", index=False)
    table = pyarrow.table(columns)
    parquet.write_table(table, tmp_path / "table.parquet")
    sources = [
        columns,
        frame,
        frame.set_index("token"),
        table,
        tmp_path / "frame.csv",
        str(tmp_path / "table.parquet"),
    ]
    for source in sources:
        read = read_metadata(source, ANIMALS)
        assert [(column.name, column.kind) for column in read.columns] == [
            ("kind", "category"),
            ("legs", "number"),
        ]
        assert values(read.columns[0]) == ["animal", None, "thing", None, "year"]
        assert values(read.columns[1]) == [4.0, 4.5, None, None, -1000.0]


def test_quotes_line_breaks_and_commas_in_cells_follow_csv(tmp_path):
    read = of_file(tmp_path, "x.csv", 'token,note\ncat,"a ""good"", old\ncat"\ndog,x\n\n')
    assert values(read.columns[0])[:2] == ['a "good", old\ncat', "x"]


def test_words_that_only_python_parses_as_numbers_are_categories(tmp_path):
    assert of_file(tmp_path, "x.csv", "token,size\ncat,1_000\ndog,2\n").columns[0].kind == "category"
    assert (
        of_file(tmp_path, "x.csv", "token,size\ncat,1e999\ndog,2\n").columns[0].values[0]
        == np.finfo("f4").max
    )
    assert read_metadata({"token": ["cat"], "tame": [True]}, ANIMALS).columns[0].labels == ("True",)


def test_without_a_token_column_the_first_is_used_with_a_note(tmp_path):
    read = of_file(tmp_path, "x.csv", "word,kind\ncat,animal\n")
    assert read.notes == (f"{tmp_path}/x.csv has no column 'token'; its first, 'word', is used",)
    assert values(read.columns[0])[0] == "animal"


def test_rows_without_a_token_are_counted(tmp_path):
    read = of_file(tmp_path, "x.csv", "token,kind\ncat,animal\nCAT,animal\ncow,animal\n")
    assert read.notes == (f"2 of 3 rows of {tmp_path}/x.csv name tokens that are not in the vocabulary",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "token,kind\ncow,animal\n", "none of the 1 token of .*x.csv .* is in the vocabulary"),
        ("x.csv", "token,kind\n", "x.csv has no rows, only names of columns"),
        ("x.csv", "token,kind\ncat,a\ndog,b\n\ncat,c\n", r"x.csv, line 5: token 'cat' is already in line 2"),
        ("x.csv", 'token,kind\ncat,"a\nb"\ndog\n', "x.csv, line 4: 1 cell where the first line has 2"),
        ("x.csv", "token,kind\ncat,a,b\n", "x.csv, line 2: 3 cells where the first line has 2"),
        ("x.tsv", 'token\tkind\ncat\ta\n"\tb\n', "x.tsv, line 3: unexpected end of data; a cell that holds"),
        ("x.csv", b"token,kind\ncat,\xb0\xa1\n", r"x.csv, line 2: byte 15 of the file is not UTF-8"),
        ("x.csv", "token,a,a\ncat,1,2\n", "two columns named 'a'"),
        ("x.csv", "token\ncat\n", "no column besides that of the tokens"),
        ("x.csv", "", "is empty"),
        ("x.xlsx", "PK", r"the suffix of metadata is .tsv, .csv, .parquet, not '.xlsx'"),
        ("x.parquet", "no", "cannot be read as Parquet"),
    ],
)
def test_an_error_in_a_file_is_one_line_with_its_place(tmp_path, name, content, message):
    if name == "x.parquet":
        needs("pyarrow")
    with pytest.raises(TovecError, match=message) as caught:
        of_file(tmp_path, name, content)
    assert "\n" not in str(caught.value)


def test_values_that_are_not_tables_raise_an_error(tmp_path):
    with pytest.raises(BadText, match=r"missing.tsv cannot be read: No such file"):
        read_metadata(tmp_path / "missing.tsv", ANIMALS)
    with pytest.raises(TovecError, match=r"metadata is a file .* not int"):
        read_metadata(5, ANIMALS)
    with pytest.raises(TovecError, match="is a list or an array, not 'animal'"):
        read_metadata({"token": ["cat"], "kind": "animal"}, ANIMALS)
    with pytest.raises(TovecError, match="column 'kind' has 2 rows where the first has 1"):
        read_metadata({"token": ["cat"], "kind": ["a", "b"]}, ANIMALS)


def test_codes_go_as_far_as_uint16():
    tokens = [f"w{row}" for row in range(metadata.MAX_LABELS + 1)]
    whole = read_metadata({"token": tokens[:-1], "x": tokens[:-1]}, Vocabulary(tokens)).columns[0]
    assert len(whole.labels) == whole.values.max() == 65_535
    assert values(whole)[-2:] == [tokens[-2], None]
    with pytest.raises(TovecError, match="65,536 different values; a category has at most 65,535"):
        read_metadata({"token": tokens, "x": tokens}, Vocabulary(tokens))


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"tovec\[arrow\]"):
        read_metadata(tmp_path / "x.parquet", ANIMALS)


@pytest.mark.parametrize(
    "content",
    [
        "token\tkind\t\ncat\tnoun\t\nsat\tverb\t\n",
        "token\tkind\ncat\tnoun\t\nsat\tverb\t\t \n",
        "token\tkind\t\t\ncat\tnoun\nsat\tverb\t\n",
    ],
)
def test_delimiters_at_the_end_of_a_line_make_no_column(tmp_path, content):
    (kind,) = of_file(tmp_path, "x.tsv", content).columns
    assert (kind.name, values(kind)) == ("kind", ["noun", None, None, "verb", None])


def test_a_column_without_a_name_is_kept_where_it_has_values(tmp_path):
    columns = of_file(tmp_path, "x.tsv", "token\tkind\t\ncat\tnoun\t5\nsat\tverb\t\n").columns
    assert [(column.name, values(column)) for column in columns] == [
        ("kind", ["noun", None, None, "verb", None]),
        ("column 3", [5.0, None, None, None, None]),
    ]


def test_an_empty_last_value_is_no_value(tmp_path):
    (kind,) = of_file(tmp_path, "x.tsv", "token\tkind\ncat\tnoun\nsat\t\n").columns
    assert values(kind) == ["noun", None, None, None, None]


@pytest.mark.parametrize(
    ("name", "delimiter"), [("x.csv", ";"), ("x.csv", "\t"), ("x.tsv", ","), ("x.tsv", ";"), ("x.csv", ",")]
)
def test_a_file_with_another_delimiter_than_its_suffix_says_is_read(tmp_path, name, delimiter):
    columns = of_file(tmp_path, name, "token,legs,kind\ncat,4,pet\n".replace(",", delimiter)).columns
    assert [(column.name, values(column)[0]) for column in columns] == [("legs", 4.0), ("kind", "pet")]


def test_a_comma_in_a_cell_does_not_make_a_tsv_a_csv(tmp_path):
    (kind,) = of_file(tmp_path, "x.tsv", "token\tkind, class\ncat\tpet, tame\n").columns
    assert (kind.name, values(kind)[0]) == ("kind, class", "pet, tame")


def test_words_for_no_value_leave_a_column_of_numbers_one_of_numbers(tmp_path):
    text = "token,legs,country\ncat,4,NA\ndog,NA,KR\nmat,N/A,NA\nsat,,\n2024,null,FR\n"
    legs, country = of_file(tmp_path, "x.csv", text).columns
    assert (legs.kind, values(legs)) == ("number", [4.0, None, None, None, None])
    # Among words, NA is one of them: Namibia.
    assert (country.kind, values(country)) == ("category", ["NA", "KR", "NA", None, "FR"])


def test_numbers_and_times_of_other_libraries_are_read_as_they_are_meant():
    pandas = needs("pandas")
    days = np.array(["2024-01-02T03:04:05", "NaT"], dtype="datetime64[ns]")
    columns = read_metadata(
        {
            "token": pandas.Series(["cat", "dog"]),
            "price": [Decimal("1.50"), None],
            "day": days,
            "legs": pandas.Series([4, None], dtype="Int64"),
        },
        ANIMALS,
    ).columns
    assert [(column.kind, values(column)[:2]) for column in columns] == [
        ("number", [1.5, None]),
        ("category", ["2024-01-02 03:04:05", None]),
        ("number", [4.0, None]),
    ]


def test_numbers_past_float32_are_its_largest_and_only_infinity_is_infinite(tmp_path):
    largest = float(np.finfo(np.float32).max)
    many = "9" * 400
    (number,) = of_file(
        tmp_path, "x.csv", f"token,n\ncat,{many}\ndog,-1e400\nmat,inf\nsat,-Infinity\n"
    ).columns
    assert values(number) == [largest, -largest, math.inf, -math.inf, None]
    given = {"token": ANIMALS.tokens, "n": [int(many), -int(many), Decimal("1e400"), math.inf, 1e39]}
    (number,) = read_metadata(given, ANIMALS).columns
    assert values(number) == [largest, -largest, largest, math.inf, largest]


COLUMNS = {"kind": ["thing", "animal"], "token": ["mat", "cat"], "legs": [None, 4.5]}


def test_a_frame_of_polars_is_read(tmp_path):
    polars = needs("polars")
    kind, legs = read_metadata(polars.DataFrame(COLUMNS), ANIMALS).columns
    assert (kind.kind, values(kind)[:3]) == ("category", ["animal", None, "thing"])
    assert (legs.kind, values(legs)[:3]) == ("number", [4.5, None, None])


def test_whatever_streams_its_columns_as_arrow_does_is_read(monkeypatch):
    pyarrow = needs("pyarrow")

    class Frame:
        def __arrow_c_stream__(self, requested_schema=None):
            return pyarrow.table(COLUMNS).__arrow_c_stream__(requested_schema)

    kind, legs = read_metadata(Frame(), ANIMALS).columns
    assert (values(kind)[:3], values(legs)[:3]) == (["animal", None, "thing"], [4.5, None, None])
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match="metadata in a Frame"):
        read_metadata(Frame(), ANIMALS)


def test_nan_among_numbers_of_a_dict_is_no_value():
    given = {"token": ["cat", "dog"], "age": [float("nan"), 2], "weight": [np.float32("nan"), 1e300]}
    age, weight = read_metadata(given, Vocabulary(["cat", "dog", "mat"])).columns
    np.testing.assert_array_equal(age.values, np.float32([np.nan, 2, np.nan]))
    np.testing.assert_array_equal(weight.values, np.float32([np.nan, np.finfo(np.float32).max, np.nan]))
