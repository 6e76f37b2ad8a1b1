"""word2vec files: exact bytes, read back by gensim, tokens that they cannot hold.

Covers kernels.py and options.py too.
"""

import struct
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec import sources
from tovec.embedding import Embedding
from tovec.errors import CannotSave
from tovec.formats.writing import kernels, word2vec

SUFFIXES = [".vec", ".txt", ".bin", ".glove"]
# Letters of several alphabets, symbols, what formats quote; no white space, which text cannot hold.
TOKENS = [
    "cat",
    "영화",
    "a,b",
    '"',
    "'",
    "\\n",
    "#",
    "🤖",
    "</s>",
    "3.14",
    "\u00a0",
    "\u3000x",
    "é",
    "e\u0301",
]


@pytest.fixture
def strange():
    """Every kind of float32: tiny, huge, negative zero, one that needs nine digits."""
    vectors = np.random.default_rng(0).standard_normal((len(TOKENS), 4), dtype=np.float32)
    vectors[0] = [0.0, -0.0, 1e-45, 3.4028235e38]
    vectors[1] = [1.17549435e-38, -1.0000001, 0.1, 16777216]
    return Embedding(TOKENS, vectors)


def by_gensim(path, **options):
    models = needs("gensim.models")
    form = {"binary": path.suffix == ".bin", "no_header": path.suffix == ".glove"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves a file without a header open
        return models.KeyedVectors.load_word2vec_format(str(path), **form, **options)


def assert_reads_back(embedding, path):
    read = by_gensim(path)
    assert tuple(read.index_to_key) == embedding.vocabulary.tokens
    assert read.vectors.tobytes() == np.asarray(embedding[:]).tobytes()


def test_word2vec_text_has_known_bytes(tmp_path):
    made = Embedding(["cat", "개"], [[0.1, -2.0, 1e-7], [1 / 3, 0, 3e20]])
    assert tovec.save(made, tmp_path / "a.vec") == tmp_path / "a.vec"
    assert (tmp_path / "a.vec").read_bytes() == "2 3\ncat 0.1 -2.0 1e-07\n개 0.33333334 0.0 3e+20\n".encode()


def test_glove_is_word2vec_text_without_its_first_line(tmp_path):
    made = Embedding(["cat", "개"], [[0.1, -2.0, 1e-7], [1 / 3, 0, 3e20]])
    tovec.save(made, tmp_path / "a.txt", format="glove")
    tovec.save(made, tmp_path / "a.vec")
    assert b"2 3\n" + (tmp_path / "a.txt").read_bytes() == (tmp_path / "a.vec").read_bytes()


def test_word2vec_binary_has_known_bytes(tmp_path):
    made = Embedding(["cat", "개"], [[0.1, -2.0], [3.0, 4.0]])
    tovec.save(made, tmp_path / "a.bin")
    rows = [b"cat " + struct.pack("<2f", 0.1, -2) + b"\n", "개 ".encode() + struct.pack("<2f", 3, 4) + b"\n"]
    assert (tmp_path / "a.bin").read_bytes() == b"2 2\n" + b"".join(rows)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_gensim_reads_every_bit_back(strange, tmp_path, suffix):
    assert_reads_back(strange, tovec.save(strange, tmp_path / f"strange{suffix}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_tables_of_several_blocks_read_back(tmp_path, suffix, dtype, monkeypatch):

    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 500)
    monkeypatch.setattr(word2vec, "FAST_FROM", 400)  # whole blocks by the compiled code, the last one not
    vectors = np.random.default_rng(1).standard_normal((333, 9)).astype(dtype)
    vectors[7] = 0
    made = Embedding(map(str, range(333)), vectors)
    assert_reads_back(made, tovec.save(made, tmp_path / f"blocks{suffix}"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_tokens_is_its_first_line(tmp_path, suffix):
    path = tovec.save(Embedding([], np.empty((0, 3), np.float32)), tmp_path / f"none{suffix}")
    assert path.read_bytes() == (b"" if suffix == ".glove" else b"0 3\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1), unique=True, min_size=1, max_size=9
    )
)
@pytest.mark.parametrize("suffix", [".vec", ".bin"])
def test_any_token_reads_back_or_is_refused_by_name(tmp_path, suffix, tokens):
    made = Embedding.random(tokens, 2)
    try:
        path = tovec.save(made, tmp_path / f"any{suffix}")
    except CannotSave as error:
        assert any(repr(token) in str(error) for token in tokens if set(token) & set(" \t\n\v\f\r\0"))
    else:
        assert_reads_back(made, path)


# The numbers


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


# The gap below a power of two is half the gap above it.
POWERS_OF_TWO = st.builds(np.ldexp, st.sampled_from([1.0, -1.0]), st.integers(-39, 49))


@settings(max_examples=500, deadline=None)
@given(st.lists(FLOATS | POWERS_OF_TWO | st.floats(-10, 10, width=32), min_size=1, max_size=20))
def test_the_compiled_writer_gives_numpy_s_shortest_digits(numbers):
    row = np.array(numbers, dtype=np.float32)
    out = np.empty(kernels.WIDTH * len(row), dtype=np.uint8)
    stop = kernels.write_row(row, out, 0)
    if stop < 0:  # left to numpy
        assert any(not 1e-12 <= abs(x) < 1e15 for x in row.tolist())
        return
    assert stop <= len(out)
    texts = out[:stop].tobytes().decode().split(" ")[1:]
    assert np.array(texts, dtype=np.float64).astype(np.float32).tobytes() == row.tobytes()
    assert [digits(text) for text in texts] == [digits(np.format_float_scientific(x)) for x in row]


def digits(text):
    return text.lstrip("-").split("e")[0].replace(".", "").strip("0")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (12.5, "12.5"),
        (3, "3"),
        (300, "300"),
        (0.00012, "0.00012"),
        (-0.000099, "-9.9e-05"),
        (1.5e-12, "1.5e-12"),
        (9.5e14, "950000000000000"),
        (50331652, "50331652"),
        (1.0000001, "1.0000001"),
        (0.0, "0"),
        (-0.0, "-0"),
    ],
)
def test_the_compiled_writer_writes_plain_numbers(number, text):
    out = np.empty(kernels.WIDTH, dtype=np.uint8)
    stop = kernels.write_row(np.array([number], np.float32), out, 0)
    assert out[:stop].tobytes().decode() == f" {text}"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the uncompiled twin warns where float32 overflows
def test_the_compiled_writer_equals_its_python_source():
    rng = np.random.default_rng(2)
    row = (rng.standard_normal(300) * 10.0 ** rng.integers(-10, 12, 300)).astype(np.float32)
    for number in row:
        assert kernels.shortest.py_func(abs(float(number))) == kernels.shortest(abs(float(number)))


def test_infinity_and_nan_read_back(tmp_path):
    made = Embedding(["a"], [[np.inf, -np.inf, np.nan]])
    assert np.array_equal(
        by_gensim(tovec.save(made, tmp_path / "a.vec")).vectors, made.vectors, equal_nan=True
    )


# What cannot be written


@pytest.mark.parametrize(
    ("token", "suffix", "escaped"),
    [
        ("New York", ".vec", r"New\u0020York"),
        ("a\tb", ".vec", r"a\u0009b"),
        ("a\rb", ".txt", r"a\u000db"),
        ("\0", ".glove", r"\u0000"),
        ("line\nbreak", ".vec", r"line\u000abreak"),
        ("", ".vec", r"\e"),
        ("\ufeff", ".glove", r"\ufeff"),
        ("New York", ".glove", r"New\u0020York"),
        ("New York", ".bin", r"New\u0020York"),
        ("\0", ".bin", r"\u0000"),
        ("\nhead", ".bin", r"\u000ahead"),
        ("", ".bin", r"\e"),
        ("a\ud800", ".vec", r"a\ud800"),
        ("a\ud800", ".bin", r"a\ud800"),
    ],
)
def test_a_token_that_the_format_cannot_hold_is_named_with_the_ways_out(tmp_path, token, suffix, escaped):
    made = Embedding.random(["ok", token], 2)
    path = tmp_path / f"a{suffix}"
    path.write_text("old")
    with pytest.raises(CannotSave) as error:
        tovec.save(made, path)
    assert f"cannot hold the token {token!r}; a folder can, and `escape` writes it as {escaped}" in str(
        error.value
    )
    assert "\n" not in str(error.value)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(path.name, "old")]
    read = by_gensim(tovec.save(made, path, escape=True))
    assert read.index_to_key == ["ok", escaped]


def test_a_tab_can_be_in_a_binary_file(tmp_path):
    made = Embedding.random(["a\tb"], 2)
    assert_reads_back(made, tovec.save(made, tmp_path / "a.bin"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bytes_that_are_not_utf8_are_written_unchanged(tmp_path, suffix):
    names = [b"\xff", b"ok\x80", "한".encode()]
    made = Embedding.random([name.decode("utf-8", "surrogateescape") for name in names], 2)
    read = by_gensim(tovec.save(made, tmp_path / f"a{suffix}"), unicode_errors="surrogateescape")
    assert tuple(read.index_to_key) == made.vocabulary.tokens
    assert all(name in (tmp_path / f"a{suffix}").read_bytes() for name in names)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("escape", [False, True])
def test_two_tokens_of_the_same_bytes_are_refused(tmp_path, suffix, escape):
    bytes_one_by_one = "".join(map(chr, (0xDC00 + byte for byte in "한".encode())))
    made = Embedding.random(["한", bytes_one_by_one], 2)
    with pytest.raises(
        CannotSave, match=r"cannot tell the tokens '한' and .* apart, which are the same bytes"
    ):
        tovec.save(made, tmp_path / f"a{suffix}", escape=escape)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".vec", ".bin"])
def test_a_full_disk_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    import errno
    import os

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / f"a{suffix}"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        CannotSave, match=r"cannot save to .*: No space left on device; nothing has been changed there"
    ):
        tovec.save(Embedding.random(["a"], 2), path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(path.name, "old")]


# Which format a name means


def test_the_suffix_names_the_format(tmp_path):
    made = Embedding.random(["a", "b"], 2)
    for name, first in [
        ("x.VEC", b"2 2\na "),
        ("x.txt", b"2 2\na "),
        ("x.bin", b"2 2\na "),
        ("x.glove", b"a "),
    ]:
        assert tovec.save(made, str(tmp_path / name)).read_bytes().startswith(first)
    for name in ("x", "x.v2/", "deep/x", "x-0.5"):
        assert sources.open(tovec.save(made, f"{tmp_path}/{name}")).vocabulary.tokens == ("a", "b")
    tovec.save(made, tmp_path / "x.v2")  # a folder that is there
    assert (tmp_path / "x.v2/tovec.json").exists()


def test_an_embedding_saves_itself_as_tovec_saves_it(tmp_path):
    made = Embedding.random(["a", "b"], 2)
    for name in ("x.vec", "x.npy", "x.safetensors"):
        assert made.save(tmp_path / name).is_file()
        np.testing.assert_array_equal(sources.open(tmp_path / name)[:], made[:])
        path = tovec.save(made, tmp_path / f"again-{name}", dtype="f32")
        assert path.read_bytes() == (tmp_path / name).read_bytes()
    assert (made.save(tmp_path / "run.100d", format="folder") / "tovec.json").exists()
    with pytest.raises(CannotSave, match=r"from '.100d'; .* `format` chooses one"):
        made.save(tmp_path / "other.100d")


def test_an_unknown_suffix_is_refused_with_those_that_are_known(tmp_path):
    with pytest.raises(
        CannotSave, match=r"from '.csv'; there are no suffix \(a folder\), .vec or .txt \(word2vec text\)"
    ):
        tovec.save(Embedding.random(["a"], 2), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []
