"""word2vec binary, read: gensim's answers, exact bytes, what is no such file, damage of every kind."""

import gzip
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from needs import ZSTD, needs, package_file, shared_data

import tovec
from tovec import Embedding, sources
from tovec.errors import BadSource
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import word2vec_binary
from tovec.storage.file_bytes import HEAD
from tovec.vectors.derived import stored_bytes
from tovec.vectors.table import blocks

ROWS = np.array([[0.5, -1.0, 3e-45], [32.0, 1e20, 0.1]], dtype="<f4")


def packed(words=(b"cat", b"dog"), rows=ROWS, between=b"\n", header=None):
    """Return the bytes that word2vec.c writes, line feeds between rows or not."""
    first = b"%d %d\n" % rows.shape if header is None else header
    return first + b"".join(
        word + b" " + row.tobytes() + between for word, row in zip(words, rows, strict=True)
    )


def opened(path, data):
    path.write_bytes(data)
    return Embedding.from_parts(word2vec_binary.load(path, ReadOptions()))


def recognized(path, data=None):
    head = path.read_bytes() if data is None else data
    return word2vec_binary.recognizes(path, head[:HEAD])


@pytest.mark.parametrize("between", [b"\n", b""])
def test_rows_with_and_without_line_feeds_between(tmp_path, between):
    data = packed(between=between)
    made = opened(tmp_path / "a.bin", data)
    assert recognized(tmp_path / "a.bin")
    assert list(made) == ["cat", "dog"] and made.vocabulary.counts is None
    assert made.provenance == {"format": "word2vec binary"}
    np.testing.assert_array_equal(made[:], ROWS)
    np.testing.assert_array_equal(made.vectors[np.array([1, 0, 1])], ROWS[[1, 0, 1]])
    np.testing.assert_array_equal(made.vectors[::-1], ROWS[::-1])
    assert made.vectors[1:1].shape == (0, 3) and stored_bytes(made.vectors) == 24
    # The last line feed may be missing.
    np.testing.assert_array_equal(opened(tmp_path / "b.bin", data.removesuffix(b"\n"))[:], ROWS)


@pytest.mark.parametrize(
    "path",
    [
        lambda: shared_data("vectors/euclidean_vectors.bin"),
        lambda: package_file("gensim", "test/test_data/poincare_vectors.bin"),
        lambda: package_file("gensim", "test/test_data/high_precision.kv.bin"),
    ],
)
def test_vectors_equal_gensims(path):
    theirs = needs("gensim.models").KeyedVectors.load_word2vec_format(str(path()), binary=True)
    assert recognized(path())
    made = Embedding.from_parts(word2vec_binary.load(path(), ReadOptions()))
    assert list(made) == theirs.index_to_key
    np.testing.assert_array_equal(made[:], theirs.vectors)


def test_bytes_that_are_not_utf8_are_kept_in_names(tmp_path):
    made = opened(tmp_path / "a.bin", packed(words=(b"kter\xec", "영화".encode())))
    assert [token.encode("utf-8", "surrogateescape") for token in made] == [b"kter\xec", "영화".encode()]


def test_name_may_hold_a_nul(tmp_path):
    assert list(opened(tmp_path / "a.bin", packed(words=(b"c\0t", b"\0")))) == ["c\0t", "\0"]


def test_end_of_line_token_is_special(tmp_path):
    made = opened(tmp_path / "a.bin", packed(words=(b"</s>", b"cat")))
    assert made.vocabulary.special == {0} and "</s>" in made


TOKEN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \n\0"), min_size=1, max_size=8)


@pytest.mark.parametrize(("row", "why"), [(b"2;#?", "is text, not vectors"), (b"1,25", "a decimal comma")])
def test_binary_that_also_reads_as_text_is_refused(tmp_path, row, why):
    vectors = np.frombuffer(row, "<f4").reshape(1, 1)
    path = tovec.save(Embedding(["0"], vectors), tmp_path / "a.bin")
    with pytest.raises(BadSource, match=why):
        sources.open(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TOKEN, min_size=1, max_size=9, unique=True), st.integers(1, 9), st.integers(0, 2**32 - 1))
@example(["\x80"], 1, 28028)  # whose four bytes are 2.B>
def test_written_file_is_recognized_and_reads_back(tmp_path, tokens, dim, seed):
    vectors = np.random.default_rng(seed).standard_normal((len(tokens), dim), dtype=np.float32)
    path = tovec.save(Embedding(tokens, vectors), tmp_path / "a.bin")
    try:
        made = sources.open(path)
    except BadSource as error:  # a number or two whose bytes are all letters: it is refused, not guessed
        assert vectors.tobytes().isascii() and re.search("is text, not vectors|a decimal comma", str(error))
        return
    assert made.provenance == {"format": "word2vec binary"}
    assert list(made) == tokens
    np.testing.assert_array_equal(made[:], vectors)
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in blocks(made.vectors)]), vectors)


@pytest.mark.parametrize(
    "rows", [np.zeros((2, 3), "<f4"), np.ones((2, 1), "<f4"), np.full((2, 5), 0.1, "<f4")]
)
def test_binary_of_small_whole_numbers_is_recognized(tmp_path, rows):
    assert recognized(tmp_path, packed(rows=rows))


def test_binary_rows_of_text_bytes_are_recognized_when_they_fit_the_file(tmp_path):
    data = packed(words=(b"cat", b"dog"), rows=np.frombuffer(b"Zoo?Zoo?", "<f4").reshape(2, 1))
    assert data.isascii() and recognized(tmp_path, data)
    assert not recognized(tmp_path, data + b"more text")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"2 3\n",
        b"2 3\ncat",
        b"2 3\ncat 0.5 -1 0\ndog 1 2 3\n",
        b"2 1\r\ncat 5\r\ndog 7\r\n",
        b"2 300\ncat nan" + b" 0.25" * 299 + b"\n",
        "2 300\n영화 0.25\n먹었다 1 영화 영화 영화".encode(),
        "2 3\n영화 0.25 1 2\n".encode("cp949"),
        "3 9\nlines of text, as anyone may write them\nand 영화, too".encode(),
        "3 40\nx 영화영화영화영화영화영화영화".encode()[:50],  # cut within a character
        "\ufeff2 3\ncat 1 2 3".encode(),
        "2 3\ncat 1 2 3".encode("utf-16"),
        b"0 3\ncat " + bytes(12),
        b"2 0\ncat " + bytes(12),
        b"2 -3\ncat " + bytes(12),
        b"2 3 4\ncat " + bytes(12),
        b"cat dog\n" + bytes(30),
        b"GGUF" + bytes(100),
        bytes(5000),
    ],
)
def test_other_files_are_not_recognized(tmp_path, data):
    assert not recognized(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "its first line is not"),
        (b"cat dog\n", "its first line is not `n_words dim`, as in word2vec files"),
        (b"2 300000000000\n", "its first line is not"),
        (packed(header=b"0 3\n"), "says 0 words of 3 numbers, so it is empty"),
        (packed(header=b"2 0\n"), "says 2 words of 0 numbers"),
        (packed(header=b"2 99999999\n"), "it ends in word 1 of 2, which begins at byte 11"),
        (packed()[:-5], "it ends in word 2 of 2, which begins at byte 20"),
        (packed(header=b"3 2\n")[:-1], "word 2 at byte 16 has a line feed in its name; rows of 2 n"),
        (packed() + b"x", "1 bytes follow the last of its 2 words from byte 38"),
        (packed() + b"\n", "1 bytes follow the last of its 2 words from byte 38"),
        (packed(words=(b"c\nt", b"dog")), "word 1 at byte 4 has a line feed in its name"),
        (packed(header=b"2 3\n\n\n"), "word 1 at byte 4 has a line feed in its name"),
    ],
)  # fmt: skip
def test_damage_is_one_line_with_its_place(tmp_path, data, message):
    with pytest.raises(BadSource, match=f"a.bin is damaged: .*{message}") as error:
        opened(tmp_path / "a.bin", data)
    assert "\n" not in str(error.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 45), st.binary(min_size=1, max_size=6)), max_size=3),
    st.none() | st.integers(0, 45),
)
def test_random_damage_gives_an_embedding_or_one_line(tmp_path, changes, stop):
    changed = bytearray(packed())
    for start, new in changes:
        changed[start : start + len(new)] = new
    path = tmp_path / "a.bin"
    path.write_bytes(changed[:stop])
    recognized(path)
    try:
        made = Embedding.from_parts(word2vec_binary.load(path, ReadOptions()))
    except BadSource as error:
        assert "a.bin is damaged: " in str(error) and "\n" not in str(error)
        return
    assert made.vectors[:].shape == (len(made), made.dim)


def test_line_feed_before_a_name_ends_the_row_before(tmp_path):
    """As in files of the first word2vec.c, whose names begin with one."""
    data = packed(words=(b"\ncat", b"\ndog"), between=b"")
    assert list(opened(tmp_path / "a.bin", data)) == ["cat", "dog"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_file_is_decompressed_and_read(tmp_path, suffix):
    path = tmp_path / f"a.bin{suffix}"
    data = packed(words=(b"cat", "영화".encode()))
    pack = gzip.compress if suffix == ".gz" else needs(ZSTD).compress
    path.write_bytes(pack(data))
    made = sources.open(path)
    assert list(made) == ["cat", "영화"] and made.provenance == {"format": "word2vec binary"}
    np.testing.assert_array_equal(made[:], ROWS)
    assert list(sources.open(path, limit=1)) == ["cat"]
    path.write_bytes(pack(np.random.default_rng(0).bytes(9000)))
    with pytest.raises(BadSource, match="is neither text nor word2vec binary inside; unpack it"):
        sources.open(path)
