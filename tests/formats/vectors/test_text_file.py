"""Vectors as text: what is understood, what is refused, gensim as the other reader, mutated files.

Covers compressed.py, file_vocabulary.py and vector_lines.py too.
"""

import gzip
import io
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from needs import ZSTD, needs, shared_data

from tovec import Embedding
from tovec.errors import BadSource
from tovec.formats import save
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import text_file, vector_lines
from tovec.formats.vectors.text_file import recognizes, why_not
from tovec.storage import limits


def load(path, **options):
    return Embedding.from_parts(text_file.load(path, ReadOptions(**options)))


@pytest.fixture(params=["plain", "compiled"])
def reader(request, monkeypatch):
    """Both readers: plain Python for small files, compiled loops and small parts for the others."""
    if request.param == "compiled":
        monkeypatch.setattr(vector_lines, "FAST_FROM", 0)
        monkeypatch.setattr(vector_lines, "_PART", 64)
    return request.param


@pytest.fixture
def file(tmp_path):
    def write(text, name="a.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def assert_holds(path, tokens, vectors):
    assert recognizes(path, path.read_bytes()[:4096])
    made = load(path)
    assert made.vocabulary.tokens == tuple(tokens)
    assert made.vectors.dtype == np.float32
    assert made.vectors.tobytes() == np.array(vectors, np.float32).tobytes()


ROWS = [[0.5, -1.25], [3, 4]]


@pytest.mark.parametrize(
    "text",
    [
        "cat 0.5 -1.25\n개 3 4\n",
        "2 2\ncat 0.5 -1.25\n개 3 4\n",
        "2 2\ncat 0.5 -1.25 \n개 3 4 \n",  # fastText ends its lines with a space
        "2 2\r\ncat 0.5 -1.25\r\n개 3 4\r\n",
        "cat 0.5 -1.25\r\n개 3 4 \r\n",
        "\ufeffcat 0.5 -1.25\n개 3 4",
        "\ufeff2 2\ncat 0.5 -1.25\n개 3 4",
        "cat\t0.5\t-1.25\n개\t3\t4\n\n\n",
        "cat  5e-1 \t-1.25E+0\n개 +3. 04\n \t\r\n",
        " 2\t2 \ncat .5 -12.5e-1\n개 3 4",
    ],
)
def test_equal_tables_in_different_file_types_open_equal(reader, file, text):
    assert_holds(file(text), ["cat", "개"], ROWS)


def test_parts_of_many_pages_are_read_alike(file, monkeypatch):
    rows = np.random.default_rng(5).standard_normal((3000, 10))
    path = file("".join(f"w{i} {' '.join(map(repr, row))}\n" for i, row in enumerate(rows.tolist())))
    plain = load(path)
    monkeypatch.setattr(vector_lines, "FAST_FROM", 0)
    monkeypatch.setattr(vector_lines, "_PART", 30_000)
    assert_holds(path, plain.vocabulary.tokens, rows.astype(np.float32))
    assert plain.vectors.tobytes() == rows.astype(np.float32).tobytes()


def test_unusual_number_notations_equal_pythons_float(reader, file):
    usual = ["1e-5", "+.5", "-0", "7.e1", "16777217"]
    texts = [*usual, "nan", "inf", "-Infinity", "1e400", "-1e-400", "1e-46", "0.1234567890123456789012345"]
    with np.errstate(over="ignore"):
        expected = [np.array([float(text) for text in texts]).astype(np.float32)] * 3
    assert_holds(file("".join(f"{token} {' '.join(texts)}\n" for token in "abc")), "abc", expected)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.floats() | st.floats(width=32), min_size=3, max_size=3), min_size=1, max_size=8))
def test_any_float_reads_as_float32_of_its_repr(reader, file, rows):
    text = "".join(f"t{i} {' '.join(map(repr, row))}\n" for i, row in enumerate(rows))
    with np.errstate(over="ignore"):
        expected = np.array(rows).astype(np.float32)
    assert np.array_equal(load(file(text)).vectors, expected, equal_nan=True)


def test_tokens_with_spaces_are_split_from_the_right(reader, file):
    # As they are in glove.840B.300d.
    path = file("the 0.1 0.2\n. . . 0.3 0.4\nat name@domain.com 0.5 0.6\n. . 0.7 0.8\nto infinity 1 2\n")
    tokens = ["the", ". . .", "at name@domain.com", ". .", "to infinity"]
    assert_holds(path, tokens, [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8], [1, 2]])
    path.write_bytes(b"5 2\n" + path.read_bytes())
    assert load(path).vocabulary.tokens == tuple(tokens)


def test_only_spaces_and_tabs_end_a_token(reader, file):
    tokens = [
        "\u00a0",
        "a\u00a0b",
        "\u3000",
        "\x85",
        "\u2028",
        "3.14",
        "-",
        "nan",
        "#",
        '"',
        "a\u200b",
        "\x00",
    ]
    text = "the 1 2\n" + "".join(f"{token} 1 2\n" for token in tokens)
    assert load(file(text)).vocabulary.tokens == ("the", *tokens)


def test_bytes_that_are_not_utf8_are_kept(reader, file):
    path = file(b"the 1 2\n\xff\xfe 3 4\n\xed\x95 5 6\n\xed\x95\x9c 7 8\n\xa0 9 10\n")
    tokens = load(path).vocabulary.tokens
    assert tokens == ("the", "\udcff\udcfe", "\udced\udc95", "한", "\udca0")
    assert [token.encode("utf-8", "surrogateescape") for token in tokens[1:3]] == [b"\xff\xfe", b"\xed\x95"]


def test_a_line_that_begins_with_a_space_has_the_empty_token(reader, file):
    assert_holds(file("a 1 2\n 3 4\nb 5 6\n"), ["a", "", "b"], [[1, 2], [3, 4], [5, 6]])
    assert_holds(file(" 3. 4\nb 5 6\n"), ["", "b"], [[3, 4], [5, 6]])
    assert_holds(file("a 1 2\n c 3 4\n"), ["a", " c"], [[1, 2], [3, 4]])


def test_a_number_may_be_the_first_token(reader, file):
    """As in GloVe files whose most frequent word is one: a line of counts is exactly two whole numbers."""
    assert_holds(file("0 0.5 -1.25\n개 3 4\n"), ["0", "개"], ROWS)
    assert_holds(file("0. 0.5 -1.25\n개 3 4\n"), ["0.", "개"], ROWS)
    assert_holds(file("1.5 0.5 -1.25\n2.5 3 4\n개 1 1"), ["1.5", "2.5", "개"], [*ROWS, [1, 1]])
    assert_holds(file("2 2\n1.5 0.5 -1.25\n2.5 3 4\n"), ["1.5", "2.5"], ROWS)
    with pytest.raises(BadSource, match="line 2 has 1 number instead of 5"):
        load(file("1 5\n개 3\n"))


@pytest.mark.parametrize("name", ["a.glove", "a.GLOVE", "a.glove.gz"])
def test_a_file_named_glove_has_no_line_of_counts(reader, file, name):
    def named(text):
        return file(gzip.compress(text.encode()) if name.endswith("gz") else text, name)

    assert_holds(named("0.5 0.5 -1.25\n1.5 3 4\n"), ["0.5", "1.5"], ROWS)
    assert_holds(named("2 2\n개 3\n"), ["2", "개"], [[2], [3]])
    with pytest.raises(BadSource, match="line 2 has 2 numbers instead of 1"):
        load(named("2 2\n개 3 4\n"))


def test_a_table_without_tokens_is_its_first_line(reader, file):
    made = load(file("0 3\n"))
    assert made.vectors.shape == (0, 3) and recognizes(file("0 3"), b"0 3")


def test_end_of_line_token_is_special(file):
    assert load(file("2 1\nthe 1\n</s> 2\n")).vocabulary.special == {1}


def test_provenance_names_format_and_file(file):
    assert load(file("a 1 2\n", "g.txt")).provenance == {"format": "GloVe text", "file": "g.txt"}
    assert load(file("1 1\na 1\n", "w.vec")).provenance == {"format": "word2vec text", "file": "w.vec"}
    assert load(file("a 1 2\n")).tokenizer is None


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 is empty"),
        ("\n\n", "line 1 is empty"),
        ("a 1 2\nb 1\n", "line 2 has 1 number instead of 2"),
        ("a 1 2\nb\n", "line 2 has 0 numbers instead of 2"),
        ("a 1 2\nb 1 2\nc 1 2 3\n", "line 3 has 3 numbers instead of 2"),
        ("a 1 2\nb 1 2 3 4\nc 1 2\n", "line 2 has 4 numbers instead of 2"),
        ("a 1 2\n 1 2 3\n", "line 2 has 3 numbers instead of 2"),
        ("a 1 2\n\nb 1 2\n", "line 2 is empty"),
        ("2 2\na 1 2\nb 1 x\n", "line 3: 'x' is not a number"),
        ("2 2\na 1 2\nb 1 1_0\n", "line 3: '1_0' is not a number"),
        ("2 2\na 1 2\nb 1 ١\n", "line 3: '١' is not a number"),
        ("3 2\n", "line 1 says 3 rows, and there are none"),
        ("1 100000000000000000\na 1 2\n", "line 2 has 2 numbers instead of 100000000000000000"),
        ("2 0\na\nb\n", "line 1 says that a row has 0 numbers"),
        ("a b 1 2\n", "line 1: 'b' is not a number"),
        ("a 1\nb 2\n", "line 1 has 2 fields; a token and two numbers are at least three"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(reader, file, text, message):
    path = file(text)
    with pytest.raises(BadSource, match=re.escape(f"{path} is damaged: ") + message + r"\Z"):
        load(path)


@pytest.mark.parametrize("dim", [1000, 5000])
def test_too_many_rows_for_the_file_are_refused_before_memory_is_used(file, dim, monkeypatch):
    path = file("a" + " 1" * dim + "\n" + "b 1 1\n" * 20_000)
    monkeypatch.setattr(vector_lines.np, "empty", None)
    with pytest.raises(BadSource, match=f"line 2 has 2 numbers instead of {dim}"):
        load(path)


def test_first_of_several_mistakes_is_reported(reader, file):
    rows = [f"w{i} 0.5 0.25" for i in range(100)]
    rows[40], rows[90] = "w40 x 1", "w90 1"
    with pytest.raises(BadSource, match="line 41: 'x' is not a number"):
        load(file("\n".join(rows)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadSource, match=r"a\.vec is missing"):
        load(tmp_path / "a.vec")


# Recognition


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Once upon a time there was a cat.\nIt sat.\n",
            "is text, not vectors: line 1: 'upon' is not a number",
        ),
        ("", "is text, not vectors: line 1 is empty"),
        ("word\nother\n", "line 1 has 1 field; a token and two numbers are at least three"),
        ("IQ== 0\nIg== 1\n", "line 1 has 2 fields"),
        ("a,0.1,0.2\n", "cannot be read: its numbers are separated by ','; name the file .csv"),
        ("token 1 2\nand then prose\n", "line 2: 'prose' is not a number"),
        ("2 3\nand then prose\n", "line 2: 'prose' is not a number"),
        ("0.1\t0.2\t0.3\n0.4\t0.5\t0.6\n", "its lines have only numbers, no token; name it .glove if"),
        ("a\x00 0.1 0.2\n", "is not text"),
    ],
)
def test_other_text_is_not_taken_for_vectors(file, text, reason):
    assert reason in why_not(file(text), text.encode())
    assert not recognizes(file(text), text.encode())


def test_folder_is_not_vectors_as_text(tmp_path):
    assert not recognizes(tmp_path, b"")


@pytest.mark.parametrize("first", ["", "2 2000\n"])
@pytest.mark.parametrize("dim", [170, 2000])
def test_text_is_recognized_when_the_head_ends_inside_a_row(file, first, dim):
    rows = np.random.default_rng(0).standard_normal((2, dim)).astype(np.float32)
    numbers = [" ".join(map(str, row.tolist())) for row in rows]
    first = first.replace("2000", str(dim))
    for length in range(1, 30):
        token = "a" * length
        assert_holds(file(f"{first}{token} {numbers[0]}\nb {numbers[1]}\n"), [token, "b"], rows)


def test_word2vec_binary_is_not_taken_for_text(tmp_path):
    for seed in range(20):
        path = save(Embedding.random(["a", "b", "c"], 5, seed), tmp_path / "a.bin")
        assert not recognizes(path, path.read_bytes())


def test_text_with_a_damaged_second_row_is_recognized_and_refused(file):
    path = file("a 1 2 3\nb 1 2\n")
    assert recognizes(path, path.read_bytes())
    with pytest.raises(BadSource, match="line 2 has 2 numbers instead of 3"):
        load(path)


# Archives


def packed(text, suffix):
    if suffix == ".gz":
        return gzip.compress(text)
    return needs(ZSTD).compress(text)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_text_is_read(file, suffix):
    text = "2 2\ncat 0.5 -1.25\n개 3 4\n".encode() + b""
    assert_holds(file(packed(text, suffix), f"a.vec{suffix}"), ["cat", "개"], ROWS)
    stray = file(packed(b"\xff 1 2\nb 3 4", suffix), f"b.txt{suffix}")
    assert load(stray).vocabulary.tokens == ("\udcff", "b")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_truncated_compressed_text_is_refused(file, suffix):
    text = "".join(f"w{i} {i} 2\n" for i in range(5000)).encode()
    path = file(packed(text, suffix)[:-9], f"a.vec{suffix}")
    with pytest.raises(BadSource, match="the archive is cut short"):
        load(path)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_file_named_gz_that_is_not_gzip_is_not_recognized(file, suffix):
    path = file(b"a 1 2\n", f"a.vec{suffix}")
    assert "cannot be decompressed" in why_not(path, b"a 1 2\n")
    with pytest.raises(BadSource, match="the archive is damaged"):
        load(path)


def test_a_full_temporary_folder_is_not_a_damaged_archive(file, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    path = file(gzip.compress(VALID), "a.vec.gz")
    monkeypatch.setattr("tempfile.TemporaryFile", Full)
    with pytest.raises(BadSource, match=r"no space is left on the disk; set TMPDIR"):
        load(path)


def test_contents_out_of_proportion_to_the_archive_are_refused(file, monkeypatch):
    monkeypatch.setattr(limits, "EXPANSION", 100)
    monkeypatch.setattr(limits, "SMALL", 1 << 20)
    path = file(gzip.compress(b"a" + b" 0" * 4_000_000), "a.vec.gz")
    with pytest.raises(
        BadSource, match=r"cannot be read: its uncompressed contents would take .* than 100 times"
    ):
        load(path)


def test_highly_compressible_table_opens(file):
    lines = b"".join(b"w%d" % row + b" 0" * 300 + b"\n" for row in range(30_000))
    path = file(gzip.compress(lines), "a.vec.gz")
    assert path.stat().st_size * 100 < len(lines)
    assert load(path).vectors.shape == (30_000, 300)


# Other readers and writers


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim leaves a file open
@pytest.mark.parametrize(
    ("name", "no_header"), [("lee_fasttext.vec", False), ("toy-model.vec", False), ("test_glove.txt", True)]
)
def test_real_files_are_read_as_gensim_reads_them(reader, name, no_header):
    path = shared_data(f"vectors/{name}")
    other = needs("gensim.models").KeyedVectors.load_word2vec_format(str(path), no_header=no_header)
    assert_holds(path, other.index_to_key, other.vectors)


def test_gensim_s_files_read_back_in_every_bit(reader, tmp_path):
    keyed = needs("gensim.models").KeyedVectors(7)
    vectors = np.random.default_rng(3).standard_normal((500, 7)).astype(np.float32)
    keyed.add_vectors([f"w{i}" for i in range(500)], vectors)
    for header in (True, False):
        path = tmp_path / f"{header}.txt"
        keyed.save_word2vec_format(str(path), write_header=header, binary=False)
        assert_holds(path, keyed.index_to_key, vectors)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0 \t\n\v\f\r"), min_size=1),
        unique=True,
        min_size=1,
        max_size=9,
    )
)
@example(["\ufeff"])
def test_what_tovec_writes_reads_back(reader, tmp_path, tokens):
    made = Embedding.random(tokens, 2)
    assert_holds(save(made, tmp_path / "a.vec"), tokens, made.vectors)
    if not any("\ufeff" in token for token in tokens):  # at the beginning of a file it is a mark
        assert_holds(save(made, tmp_path / "a.glove"), tokens, made.vectors)


@pytest.mark.parametrize("fmt", ["%.18e", "%.6f", "%g", "%.17g"])
def test_numpy_s_savetxt_reads_back_as_numpy_reads_it(reader, file, fmt):
    rows = np.random.default_rng(4).standard_normal((50, 5))
    out = io.StringIO()
    np.savetxt(out, rows, fmt=fmt)
    lines = out.getvalue().splitlines()
    text = "".join(f"w{i} {line}\n" for i, line in enumerate(lines))
    expected = np.loadtxt(lines).astype(np.float32)
    assert_holds(file(text), [f"w{i}" for i in range(50)], expected)


# Anything


VALID = "3 2\ncat 0.5 -1.25\nnew york 1e-3 nan\n개 +3. 4 \r\n".encode()


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 3), st.binary(max_size=3)), max_size=4),
    st.integers(0, len(VALID)) | st.none(),
    st.booleans(),
)
def test_mutated_text_gives_the_same_result_in_both_readers(file, edits, cut, header):
    text = VALID if header else VALID[4:]
    for at, n_gone, new in edits:
        text = text[:at] + new + text[at + n_gone :]
    path = file(text[:cut])
    recognizes(path, text[:cut])
    results = []
    for fast_from, part in ((1 << 30, 1 << 20), (0, 16)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vector_lines, "FAST_FROM", fast_from)
            patch.setattr(vector_lines, "_PART", part)
            try:
                made = load(path)
                results.append((made.vocabulary.tokens, made.vectors.tobytes()))
            except BadSource as error:
                assert "\n" not in str(error)
                results.append(str(error))
    assert results[0] == results[1]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_archive_bytes_are_refused_in_one_line(file, data):
    for path in (file(gzip.compress(VALID)[:20] + data, "a.vec.gz"), file(data, "b.vec.zst")):
        text_file.recognizes(path, data)
        with pytest.raises(BadSource) as error:
            load(path)
        assert "\n" not in str(error.value)
