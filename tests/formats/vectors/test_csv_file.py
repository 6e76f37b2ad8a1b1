"""Tables as text: how vectors may be written, what is refused, any bytes."""

import csv
import json
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec import Embedding
from tovec.errors import BadSource
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import csv_file
from tovec.formats.vectors.csv_file import recognizes


def load(path, **options):
    return Embedding.from_parts(csv_file.load(path, ReadOptions(**options)))


@pytest.fixture
def file(tmp_path):
    def write(text, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('word,vector\ncat,"[0.5, -1.25]"\n"new, york","[3, 4]"\n', "a.csv"),
        ('word,vector\ncat,"[ 0.5 -1.25]"\n"new, york",[3.   4.  ]\n', "a.csv"),  # as pandas writes arrays
        ('word,vector\ncat,"[0.5\n -1.25]"\n"new, york",[3 4]\n', "a.csv"),
        ("word;vector\ncat;(0.5, -1.25)\nnew, york;(3, 4)\n", "a.csv"),
        ('\ufeffid,word,dim_0,dim_1\r\n1,cat,0.5,-1.25\r\n2,"new, york",3,4\r\n', "a.csv"),
        ('dim_1,dim_0,word\n-1.25,5e-1,cat\n4,3,"new, york"\n\n', "a.csv"),
        ('cat,0.5,-1.25\n"new, york",3,4\n', "a.csv"),
        (',0,1\ncat,0.5,-1.25\n"new, york",3,4\n', "a.csv"),  # DataFrame.to_csv with tokens as index
        ("token\td0\td1\ncat\t0.5\t-1.25\nnew, york\t3\t4\n", "a.tsv"),
    ],
)
def test_equal_tables_in_different_layouts_open_equal(file, text, name):
    path = file(text, name)
    assert recognizes(path, path.read_bytes())
    made = load(path)
    assert made.vocabulary.tokens == ("cat", "new, york")
    assert made.vectors.dtype == np.float32 and made.vectors.tolist() == [[0.5, -1.25], [3, 4]]
    assert made.provenance == {"format": "CSV", "file": name}


@pytest.mark.parametrize("in_one_column", [True, False])
def test_numbers_equal_pythons_float_rounded_to_float32(tmp_path, in_one_column):
    rows = (np.random.default_rng(0).standard_normal((40, 5)) * 10.0 ** np.arange(-30, 20, 10)).tolist()
    tokens = [f'w"{i},\n' for i in range(40)]
    with (tmp_path / "a.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["word", "vector"] if in_one_column else ["word", *range(5)])
        writer.writerows(
            [t, json.dumps(row)] if in_one_column else [t, *row] for t, row in zip(tokens, rows, strict=True)
        )
    made = load(tmp_path / "a.csv")
    assert made.vocabulary.tokens == tuple(tokens)
    assert made.vectors.tobytes() == np.array(rows).astype(np.float32).tobytes()


def test_pandas_tables_read_back(tmp_path):
    pandas = needs("pandas")
    vectors = np.random.default_rng(1).standard_normal((9, 4)).astype(np.float32)
    pandas.DataFrame(vectors, index=[f"w{i}" for i in range(9)]).to_csv(tmp_path / "a.csv")
    pandas.DataFrame({"word": [f"w{i}" for i in range(9)], "v": vectors.tolist()}).to_csv(tmp_path / "b.csv")
    for name in ("a.csv", "b.csv"):
        assert load(tmp_path / name).vectors.tobytes() == vectors.tobytes()


def test_nan_is_a_number_and_invalid_utf8_is_kept(file):
    made = load(file(b"word,0,1\n\xff,nan,1\nb,inf,2\n"))
    assert made.vocabulary.tokens == ("\udcff", "b") and np.isnan(made.vectors[0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no row below its first line"),
        ("word,vector\n", "it has no row below its first line"),
        ("word,x,y\na,1,2\nb,1\n", "line 3 has 2 cells, and the first line has 3"),
        ("word,x,y\na,1\n", "line 2 has 2 cells, and the first line has 3"),
        ("word,x,y\na,1,2\nb,1,\n", "line 3: '' is not a number"),
        ("word,x,y\na,1,2\nb,1,z\n", "line 3: 'z' is not a number"),
        ('word,v\na,"[1, 2]"\nb,"[1]"\n', "line 3 has 1 number instead of 2"),
        ('word,v\na,"[1, 2]"\nb,\n', "line 3: '' is not a number"),
        ('word,v\na,"[1, ..., 2]"\n', "line 2: '...' is not a number"),
        ("word,v\na,[]\n", "line 2 has no numbers"),
        ('word,x\na,1\n"b,2\n', "line 3: unexpected end of data"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_place(file, text, message):
    path = file(text)
    with pytest.raises(BadSource, match=re.escape(f"{path} is damaged: {message}")):
        load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user,item\na,b\n", "none of its columns holds vectors: 'user', 'item'"),
        ("0,cat,0.5,1\n1,dog,3,4\n", "line 1 is a row and does not name the columns: '0.5' is a number"),
        ("cat,0.5,1,\ndog,3,4,\n", "line 1 is a row and does not name the columns: '0.5' is a number"),
        ("x,y\n1,2\n", "none of its columns holds tokens: 'x', 'y'"),
        ('word,v\na,"[[1], [2]]"\n', "line 2: '[1]' belongs to a list in brackets"),
        ('word;x;y\na;0,5;"1,5"\n', "line 2: '0,5' has a decimal comma; write numbers with a decimal po"),
    ],
)
def test_unsupported_csv_notation_is_not_called_damaged(file, text, message):
    path = file(text)
    with pytest.raises(BadSource, match=re.escape(f"{path} cannot be read: {message}")):
        load(path)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "id", "count", "Freq"])
def test_count_column_is_left_out_of_the_vectors_and_reported(file, name):
    options = ReadOptions()
    made = Embedding.from_parts(
        csv_file.load(file(f"{name},word,x,y\n7,cat,0.5,-1.25\n8,dog,3,4\n"), options)
    )
    assert made.vectors.tolist() == [[0.5, -1.25], [3, 4]]
    assert options.findings == [f"not part of the vectors, by the name of the column: {name!r}"]


def test_other_files_are_not_taken_for_tables(file):
    assert not recognizes(file("a,b\n", "a.txt"), b"a,b\n")
    assert not recognizes(file("word\n"), b"word\n")


VALID = 'word,vector,n\ncat,"[0.5, -1.25]",1\n"a ""b""","[1e-3, nan]",2\n개,"[3, 4]",3\n'.encode()


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 3), st.binary(max_size=3)), max_size=4),
    st.integers(0, len(VALID)) | st.none(),
)
def test_a_mutated_file_is_an_embedding_or_one_line(file, edits, cut):
    text = VALID
    for at, n_gone, new in edits:
        text = text[:at] + new + text[at + n_gone :]
    path = file(text[:cut])
    recognizes(path, text[:cut])
    try:
        assert load(path).vectors.ndim == 2
    except BadSource as error:
        assert "\n" not in str(error)
