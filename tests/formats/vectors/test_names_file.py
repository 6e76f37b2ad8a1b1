"""Files of tokens beside a table: every kind, what does not fit, any bytes."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tovec.errors import BadSource
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import names_file


def read_names(path, n_rows, **options):
    return names_file.read_names(path, n_rows, ReadOptions(**options)).vocabulary


SUFFIXES = [".txt", ".tokens", ".vocab", ".tsv", ".json"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "cat\n개 \nnew york\n"),
        ("a.txt", "\ufeffcat\r\n개 \r\nnew york"),
        ("a.tokens", "cat\n개 \nnew york"),
        ("a.vocab", "cat\t-1.5\n개 \t-2\nnew york\t-3\n"),
        ("a.tsv", "cat\n개 \nnew york\n"),
        ("a.tsv", "count\tWord\n5\tcat\n4\t개 \n3\tnew york\n"),
        ("a.tsv", "title\tcount\r\ncat\t5\r\n개 \t4\r\nnew york\t3\r\n"),
        ("a.json", '["cat", "개 ", "new york"]'),
        ("a.json", '{"new york": 2, "cat": 0, "개 ": 1}'),
    ],
)
def test_equal_token_lists_in_different_file_types_read_equal(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text.encode())
    assert read_names(path, 3).tokens == ("cat", "개 ", "new york")


@pytest.mark.parametrize("name", ["vocab.txt", "a.vocab"])
def test_list_with_counts_gives_tokens_and_counts_and_is_reported(tmp_path, name):
    """As GloVe's vocab_count and word2vec.c's -save-vocab write: `the 1061396`."""
    path, options = tmp_path / name, ReadOptions()
    path.write_text("the 9\n개 5\n3 5\n", encoding="utf-8")
    made = names_file.read_names(path, 3, options).vocabulary
    assert made.tokens == ("the", "개", "3") and made.counts.tolist() == [9, 5, 5]
    assert options.findings == [f"{name} lists tokens and how often each was counted"]


@pytest.mark.parametrize("text", ["a 1\nb 2\nc 3\n", "a 3\nb 2\nnew york\n", "page 9 9\nb 2\nc 1\n"])
def test_line_that_is_not_a_count_is_a_token(tmp_path, text):
    for name in ("vocab.txt", "a.vocab"):
        (tmp_path / name).write_text(text)
        assert list(read_names(tmp_path / name, 3)) == text.split("\n")[:3]
    (tmp_path / "a.txt").write_text("a 3\nb 2\nc 1\n")  # what tovec writes reads back
    assert read_names(tmp_path / "a.txt", 3).tokens == ("a 3", "b 2", "c 1")


def test_invalid_utf8_is_kept_and_an_empty_line_is_the_empty_token(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\n\nb\n")
    assert read_names(path, 3).tokens == ("\udcff", "", "b")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "a\nb\n", "it lists 2 tokens, and the table has 3 rows; each row needs a token"),
        ("a.txt", "", "it lists 0 tokens, and the table has 3 rows"),
        ("a.tsv", "", "it lists 0 tokens, and the table has 3 rows"),
        ("a.tsv", "word\tn\na\t1\nb\nc\t3\n", "line 3 has 1 column, and line 1 has 2"),
        ("a.json", "[1, 2, 3]", "its JSON is neither a list of tokens nor an object of token to id"),
        ("a.json", '"abc"', "its JSON is neither a list of tokens"),
        ("a.json", '{"a": 0, "b": 1, "c": 3}', "its ids are not 0 to 2, each once"),
        ("a.json", '{"a": 0, "b": 1, "c": 1}', "its ids are not 0 to 2, each once"),
        ("a.json", '{"a": 0, "b": true, "c": 2}', "its ids are not 0 to 2, each once"),
        ("a.json", "[" * 100_000, "it is not JSON"),
        ("a.json", '["a", ', "it is not JSON"),
    ],
)
def test_unfitting_token_file_is_one_line_that_names_it(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadSource) as error:
        read_names(path, 3)
    said = str(error.value).removeprefix(f"{path} is damaged: ").removeprefix(f"{path} cannot be read: ")
    assert said.startswith(message) and "\n" not in said


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(SUFFIXES),
    st.binary(max_size=30) | st.text(max_size=9).map(lambda s: json.dumps(s).encode()),
)
def test_any_bytes_are_tokens_or_one_line(tmp_path, suffix, data):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    try:
        assert len(read_names(path, 2)) == 2
    except BadSource as error:
        assert "\n" not in str(error)
