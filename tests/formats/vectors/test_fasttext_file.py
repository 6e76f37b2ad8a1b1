"""fastText's files: its own answers and gensim's, exact vectors, damage of every kind.

Covers fasttext_matrix.py too.
"""

import re
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs, package_file, shared_data

from tovec import Embedding, sources
from tovec.errors import BadSource, TovecWarning, UnknownToken
from tovec.formats.read_options import ReadOptions
from tovec.formats.vectors import fasttext_file
from tovec.formats.vectors.fasttext_matrix import QuantizedTable
from tovec.storage.file_bytes import HEAD
from tovec.vectors.stored import StoredTable

UNKNOWN = ["nights", "zzz", "영화", "<night>", "q"]
SETTINGS = ("dim", "window", "epochs", "min_count", "negative", "word_ngrams", "loss", "model", "buckets",
            "min_n", "max_n", "lr_update_rate", "sample")  # fmt: skip
OF_FILE = dict(zip(SETTINGS, [2, 5, 5, 1, 5, 1, 2, 2, 10, 3, 4, 100, 1e-4], strict=True))


def packed(
    words=(b"cat", b"</s>"),
    counts=(5, 3),
    labels=(),
    version=12,
    inputs=None,
    outputs=None,
    pruned=None,
    is_quantized=b"\0",
    size=None,
    **changed,
):
    """Return the bytes of a file, made as FastText::saveModel does; version None for the oldest."""
    of_file = {**OF_FILE, **changed}
    n_words, dim = len(words), of_file["dim"]
    inputs = numbers(n_words + of_file["buckets"], dim) if inputs is None else inputs
    outputs = numbers(len(labels) if of_file["model"] == 3 else n_words, dim) if outputs is None else outputs
    start = b"" if version is None else struct.pack("<2i", fasttext_file.MAGIC, version)
    sizes = struct.pack("<3iq", *(size or (n_words + len(labels), n_words, len(labels), 99)))
    sizes += b"" if version is None else struct.pack("<q", -1 if pruned is None else len(pruned))
    entries = [(word, count, 0) for word, count in zip(words, counts, strict=True)]
    entries += [(label, 1, 1) for label in labels]
    return b"".join(
        [
            *(start, struct.pack("<12id", *(of_file[name] for name in SETTINGS)), sizes),
            *(word + b"\0" + struct.pack("<qb", count, kind) for word, count, kind in entries),
            b"" if pruned is None else np.array(pruned, dtype="<i4").tobytes(),
            *(b"" if version is None else is_quantized, matrix(inputs)),
            *(b"" if version is None else b"\0", matrix(outputs)),
        ]
    )


def numbers(n_rows, dim):
    return np.random.default_rng(n_rows).standard_normal((n_rows, dim), dtype=np.float32)


def matrix(rows):
    return rows if isinstance(rows, bytes) else struct.pack("<qq", *rows.shape) + rows.astype("<f4").tobytes()


def opened(path, data):
    path.write_bytes(data)
    return Embedding.from_parts(fasttext_file.load(path, ReadOptions()))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sentences with labels, enough words for the 256 centroids of quantization."""
    generator = np.random.default_rng(0)
    words = [f"{one}{other}" for one in ("ab", "가나", "xyz", "é", "oo") for other in range(80)]
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    lines = [
        f"__label__{'odd' if n % 2 else 'even'} {' '.join(generator.choice(words, 12))}" for n in range(400)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def assert_as_fasttext(path, exactly=True, unknown=UNKNOWN):
    """Compare everything with the library's own answers."""
    model = needs("fasttext").load_model(str(path))
    made = Embedding.from_parts(fasttext_file.load(path, ReadOptions()))
    names, counts = model.f.getVocab("replace")
    assert made.vocabulary.counts.tolist() == list(counts)
    assert len(made) == len(names) and made.dim == model.get_dimension()
    expected = np.stack([model.get_word_vector(name) for name in names])
    if exactly:
        np.testing.assert_array_equal(made[:], expected)
        np.testing.assert_array_equal(
            Embedding.from_parts(fasttext_file.load(path, ReadOptions()))[::7], expected[::7]
        )
    np.testing.assert_allclose(made[:], expected, rtol=1e-5, atol=1e-6)
    for word in unknown:
        assert word not in made
        np.testing.assert_allclose(made[word], model.get_word_vector(word), rtol=1e-5, atol=1e-6)
    return made, model


# Files that others wrote


@pytest.mark.parametrize(
    ("name", "version"), [("vectors/lee_fasttext_new.bin", 11), ("vectors/toy-model.bin", 12)]
)
def test_known_and_unknown_words_have_fasttexts_exact_vectors(name, version):
    path = shared_data(name)
    assert sources.open(path).provenance["format"] == "fastText binary"
    made, model = assert_as_fasttext(path)
    assert list(made) == model.get_words()
    assert made.provenance["version"] == version and made.provenance["sample"] == 1e-4
    assert (made.provenance["min_n"], made.provenance["max_n"]) == (3, 6)
    assert isinstance(made.ngrams.vectors, StoredTable)
    np.testing.assert_array_equal(made.outputs, model.get_output_matrix())


def test_fasttext_vectors_equal_gensims():
    path = shared_data("vectors/lee_fasttext_new.bin")
    theirs = needs("gensim.models.fasttext").load_facebook_vectors(str(path))
    made = Embedding.from_parts(fasttext_file.load(path, ReadOptions()))
    assert list(made) == theirs.index_to_key
    assert made.vocabulary.counts.tolist() == [theirs.get_vecattr(token, "count") for token in made]
    words = [row for row, token in enumerate(made) if token != "</s>"]  # has n-grams in gensim
    np.testing.assert_allclose(made[words], theirs.vectors[words], rtol=1e-5, atol=1e-6)
    for word in UNKNOWN:
        np.testing.assert_allclose(made[word], theirs[word], rtol=1e-5, atol=1e-6)


def test_the_oldest_files_have_no_magic_number_and_ngrams_at_the_end_of_a_line():
    """The text file beside it was written by the same fastText of 2016."""
    path = package_file("gensim", "test/test_data/lee_fasttext.bin")
    assert fasttext_file.recognizes(path, path.read_bytes()[:HEAD])
    made = Embedding.from_parts(fasttext_file.load(path, ReadOptions()))
    text = path.with_suffix(".vec").read_text(encoding="utf-8").splitlines()
    lines = [line.split(" ") for line in text[1:]]
    assert list(made) == [line[0] for line in lines] and "</s>" in made
    assert made.provenance["version"] is None and made.provenance["model"] == "skipgram"
    expected = np.array([line[1:11] for line in lines], dtype=np.float32)
    np.testing.assert_allclose(made[:], expected, rtol=1e-4, atol=1e-4)  # five digits


def test_words_that_are_not_utf8_keep_their_bytes():
    made = Embedding.from_parts(
        fasttext_file.load(package_file("gensim", "test/test_data/cp852_fasttext.bin"), ReadOptions())
    )
    assert "kter\xec".encode("latin-1").decode("utf-8", "surrogateescape") in made
    names = [token.encode("utf-8", "surrogateescape").decode("cp852") for token in made]
    utf8 = Embedding.from_parts(
        fasttext_file.load(package_file("gensim", "test/test_data/non_ascii_fasttext.bin"), ReadOptions())
    )
    assert sorted(names) == sorted(utf8) and "který" in names


# Files that fastText writes now. Each of its threads fills a tenth of the matrix, so with fewer than ten, or
# numbers that are no multiple of ten, some are whatever was in memory, NaN too.


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs", "softmax"])
@pytest.mark.parametrize("lengths", [{"minn": 2, "maxn": 5}, {"minn": 0, "maxn": 3}, {"minn": 0, "maxn": 0}])
def test_every_kind_of_unsupervised_model(tmp_path, corpus, model, loss, lengths):
    options = {"dim": 10, "bucket": 300, "minCount": 2, "epoch": 1, "ws": 3, "neg": 4, "t": 0.01}
    trained = needs("fasttext").train_unsupervised(
        str(corpus), model=model, loss=loss, thread=10, verbose=0, **options, **lengths
    )
    trained.save_model(str(tmp_path / "model.bin"))
    with_ngrams = lengths["maxn"] > 0
    made, _ = assert_as_fasttext(tmp_path / "model.bin", unknown=UNKNOWN if with_ngrams else ())
    assert (made.ngrams is None) != with_ngrams
    if loss == "hs":
        assert made.outputs is None
    else:
        np.testing.assert_array_equal(made.outputs, trained.get_output_matrix())
    found = made.provenance
    assert (found["model"], found["loss"]) == (model, loss)
    assert (found["dim"], found["window"], found["negative"], found["sample"]) == (10, 3, 4, 0.01)


@pytest.mark.parametrize("lengths", [{"minn": 2, "maxn": 4}, {"minn": 0, "maxn": 0}])
@pytest.mark.parametrize("word_ngrams", [1, 2])
def test_labels_of_a_supervised_model_are_not_words(tmp_path, corpus, lengths, word_ngrams):
    path = tmp_path / "model.bin"
    trained = needs("fasttext").train_supervised(
        str(corpus), dim=10, bucket=200, epoch=1, wordNgrams=word_ngrams, thread=10, verbose=0, **lengths
    )
    trained.save_model(str(path))
    made, _ = assert_as_fasttext(path, unknown=UNKNOWN if lengths["maxn"] else ())
    assert list(made) == trained.get_words() and made.outputs is None
    assert (made.provenance["model"], made.provenance["n_labels"]) == ("supervised", 2)


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("cutoff", [0, 350])
@pytest.mark.parametrize(("of_outputs", "width"), [(True, 3), (False, 2), (False, 12)])
def test_quantized_models(tmp_path, corpus, apart, cutoff, of_outputs, width):
    """Also with a last part that is shorter, and with some words and n-grams alone kept."""
    path = tmp_path / "model.ftz"
    labels = corpus.read_text(encoding="utf-8").split("\n")
    if of_outputs:  # needs as many labels as centroids
        labels = [f"__label__{n % 300} {line.split(' ', 1)[1]}" for n, line in enumerate(labels)]
    (tmp_path / "corpus.txt").write_text("\n".join(labels), encoding="utf-8")
    trained = needs("fasttext").train_supervised(
        str(tmp_path / "corpus.txt"), dim=10, bucket=400, epoch=2, minn=2, maxn=4, thread=10, verbose=0
    )
    trained.quantize(qnorm=apart, cutoff=cutoff, qout=of_outputs, dsub=width)
    trained.save_model(str(path))
    made, model = assert_as_fasttext(path, exactly=False, unknown=["abxyz7", "가나zz"])
    assert model.is_quantized() and made.provenance["quantized"] and made.outputs is None
    assert (made.ngrams.buckets is not None) == (cutoff > 0)
    assert list(made) == model.get_words()


# Made files


def test_a_file_of_known_bytes(tmp_path):
    inputs = np.arange(12, dtype=np.float32).reshape(6, 2) ** 2
    made = opened(tmp_path / "a.bin", packed(buckets=4, min_n=3, max_n=3, inputs=inputs))
    assert list(made) == ["cat", "</s>"] and made.vocabulary.counts.tolist() == [5, 3]
    assert made.vocabulary.special == {1}
    rows = [0, *(2 + made.ngrams.rule.bucket(ngram) for ngram in ("<ca", "cat", "at>"))]
    np.testing.assert_array_equal(made["cat"], inputs[rows].sum(axis=0) * np.float32(0.25))
    np.testing.assert_array_equal(made["</s>"], inputs[1])  # no n-grams
    np.testing.assert_array_equal(made.ngrams.vectors, inputs[2:])
    old = opened(tmp_path / "b.bin", packed(version=None, buckets=4, min_n=3, max_n=3, inputs=inputs))
    np.testing.assert_array_equal(old["cat"], made["cat"])
    assert not np.array_equal(old["</s>"], inputs[1])


def test_supervised_models_of_version_11_have_no_ngrams_whatever_they_say(tmp_path):
    labels = [b"__label__a"]
    data = packed(model=3, version=11, labels=labels)
    made = opened(tmp_path / "a.bin", data)
    assert made.ngrams is None
    np.testing.assert_array_equal(made[:], numbers(12, 2)[:2])
    assert opened(tmp_path / "b.bin", packed(model=3, labels=labels)).ngrams is not None
    model = needs("fasttext").load_model(str(tmp_path / "a.bin"))
    np.testing.assert_array_equal(model.get_word_vector("cat"), made["cat"])


def test_rows_are_read_once_and_cannot_be_changed(tmp_path):
    made = opened(tmp_path / "a.bin", packed())
    table = made.vectors
    np.testing.assert_array_equal(table[np.array([1, 0, 1])], table[:][[1, 0, 1]])
    np.testing.assert_array_equal(table[::-1], table[:][::-1])
    np.testing.assert_array_equal(table[np.array([-1])], table[1:])
    assert table[5:].shape == (0, 2)
    with pytest.raises(ValueError, match="read-only"):
        table[:2][0] = 1
    with pytest.raises(IndexError):
        table[np.array([2])]
    made[:][0] = 1  # a copy
    assert [hit.token for hit in made.neighbors("cat")] == ["</s>"]


QUANTIZED = struct.pack("<?qqi", False, 2, 2, 2) + b"\0\1"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "magic number at byte 0 needs 8 bytes, and the file ends at byte 0"),
        (packed()[:6], "the magic number at byte 0 needs 8 bytes, and the file ends at byte 6"),
        (packed(version=13), "its fastText version is 13, and tovec reads 11 and 12"),
        (packed(version=10), "version is 10, and tovec reads 11 and 12"),
        (packed()[:50], "the settings at byte 8 needs 56 bytes, and the file ends at byte 50"),
        (packed(loss=9), "fastText cannot have written the settings at byte 8: .* loss 9"),
        (packed(model=0), "model 0"),
        (packed(max_n=101), "n-grams of up to 101"),
        (packed(sample=float("nan")), "sample nan"),
        (packed(size=(3, 2, 0, 9)), "says 3 entries, of them 2 words and 0 labels"),
        (packed(size=(0, 0, 0, 9)), "says 0 entries"),
        (packed(size=(1, 2, -1, 9)), "-1 labels"),
        (packed(size=(2**31 - 1, 2**31 - 1, 0, 9)), "promises 2147483647 entries of the dictionary"),
        (packed(size=(5, 5, 0, 9)), "words and labels"),
        (packed(size=(2, 1, 1, 9)), "words and labels that it counts"),
        (packed()[:115], "it ends in entry 2 of 2 of the dictionary, at byte 105"),
        (packed(counts=(5, -3)), "the word at byte 105 has a count of -3"),
        (packed(is_quantized=b"\2"), "whether a matrix is quantized, is 2, not 0 or 1"),
        (packed(pruned=[[1, 0]]), "n-grams were pruned from its dictionary but not from its matrix"),
        (packed(inputs=struct.pack("<qq", 2**62, 2**62)), "the input matrix, 4611686018427387904 x"),
        (packed(inputs=struct.pack("<qq", -1, 2)), "the input matrix is of -1 x 2 numbers"),
        (packed(inputs=struct.pack("<qq", 0, 2)), "the input matrix is of 0 x 2 numbers"),
        (packed(inputs=numbers(11, 2)), "the input matrix has 11 rows for 2 words and 10 n-grams"),
        (packed(inputs=numbers(1, 2), max_n=0), "the input matrix has 1 row for 2 words"),
        (packed(inputs=numbers(12, 3)), "rows of 2 numbers"),
        (packed(outputs=numbers(3, 2)), "and 2 rows in the output matrix"),
        (packed()[:-1], "the output matrix, 2 x 2, at byte .* needs 16 bytes, and the file ends at"),
        (packed() + b"\0", "1 bytes follow the output matrix, from byte"),
        (packed(is_quantized=b"\1", inputs=QUANTIZED + struct.pack("<4i", 3, 1, 2, 2)), "cuts 3 numbers"),
        (packed(is_quantized=b"\1", inputs=QUANTIZED + struct.pack("<4i", 2, 1, 0, 2)), "1 part of 0 and 2"),
        (packed(is_quantized=b"\1", inputs=QUANTIZED + struct.pack("<4i", 2, 1, 2, 2)), "the centroids of"),
        (
            packed(
                is_quantized=b"\1",
                inputs=QUANTIZED + struct.pack("<4i", 2, 2, 1, 1) + bytes(2 * 256 * 4),
            ),
            "the input matrix has 2 codes, not 2 for each of 2 rows",
        ),
    ],
)  # fmt: skip
def test_damage_is_one_line_with_its_place(tmp_path, data, message):
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    with pytest.raises(BadSource, match=f"a.bin (is damaged|cannot be read): .*{message}") as error:
        Embedding.from_parts(fasttext_file.load(path, ReadOptions()))
    assert "\n" not in str(error.value)


def quantized(n_rows, dim=2):
    """A matrix of codes 0, 1, 2, … whose centroids are 0, 0.5, 1, …"""
    codes = bytes(range(n_rows))
    centroids = (np.arange(256 * dim, dtype="<f4") / 2).tobytes()
    return (
        struct.pack("<?qqi", False, n_rows, dim, n_rows)
        + codes
        + struct.pack("<4i", dim, 1, dim, dim)
        + centroids
    )


@pytest.mark.parametrize("pruned", [[[3, 0], [3, 1]], [[-1, 0], [3, 1]], [[10, 0], [3, 1]], [[1, 2], [3, 1]]])
def test_pruned_ngrams_that_point_nowhere_are_refused(tmp_path, pruned):
    with pytest.raises(BadSource, match="pruned n-grams are not distinct ones of 10 in 2 rows"):
        opened(tmp_path / "a.bin", packed(is_quantized=b"\1", inputs=quantized(4), pruned=pruned))


def test_pruned_ngrams_in_any_order(tmp_path):
    made = opened(
        tmp_path / "a.bin",
        packed(is_quantized=b"\1", inputs=quantized(12), pruned=[[n, 9 - n] for n in range(10)]),
    )
    expected = np.arange(24, dtype=np.float32).reshape(12, 2) / 2
    np.testing.assert_array_equal(made.ngrams.vectors[:], expected[2:][::-1])
    rows = [0, *(11 - made.ngrams.rule.bucket(ngram) for ngram in made.ngrams.rule.ngrams("cat"))]
    np.testing.assert_allclose(made["cat"], expected[rows].mean(axis=0), rtol=1e-6)
    assert isinstance(made.vectors._table, QuantizedTable)


def test_ngrams_that_were_all_pruned_leave_none(tmp_path):
    made = opened(tmp_path / "a.bin", packed(is_quantized=b"\1", inputs=quantized(2), pruned=[]))
    assert made.ngrams is None
    np.testing.assert_array_equal(made[:], [[0, 0.5], [1, 1.5]])
    with pytest.raises(UnknownToken):
        made["cats"]


VALID = [
    packed(),
    packed(version=None),
    packed(model=3, labels=[b"__label__a", b"__label__b"]),
    packed(is_quantized=b"\1", inputs=quantized(4), pruned=[[1, 0], [3, 1]]),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.integers(0, 260), st.binary(min_size=1, max_size=8)), max_size=3),
    st.none() | st.integers(0, 400),
)
def test_random_damage_gives_an_embedding_or_one_line(tmp_path, data, changes, stop):
    changed = bytearray(data)
    for start, new in changes:
        changed[start : start + len(new)] = new
    path = tmp_path / "a.bin"
    path.write_bytes(changed[:stop])
    fasttext_file.recognizes(path, bytes(changed[:HEAD]))
    try:
        made = Embedding.from_parts(fasttext_file.load(path, ReadOptions()))
    except BadSource as error:
        assert re.search("a.bin (is damaged|cannot be read): ", str(error)) and "\n" not in str(error)
        return
    assert made.vectors[:].shape == (len(made), made.dim) == (2, 2)


def test_other_files_are_not_recognized(tmp_path):
    for data in (b"", b"2 3\ncat 1 2 3\n", bytes(5000), b"\xff" * 5000, b"GGUF" + bytes(200), b"{}" * 100):
        assert not fasttext_file.recognizes(tmp_path / "a.bin", data[:HEAD])
    assert all(fasttext_file.recognizes(tmp_path / "a.bin", data[:HEAD]) for data in VALID)


def test_repeated_word_keeps_its_first_row(tmp_path):
    words, counts = (b"cat", b"dog", b"cat", b"mat"), (5, 4, 3, 2)
    (tmp_path / "a.bin").write_bytes(packed(words=words, counts=counts))
    with pytest.warns(
        TovecWarning, match="1 of 4 rows left out, whose token an earlier row has: 'cat' at byte 118"
    ):
        made = sources.open(tmp_path / "a.bin")
    assert list(made) == ["cat", "dog", "mat"] and made.vocabulary.counts.tolist() == [5, 4, 2]
    (tmp_path / "b.bin").write_bytes(packed(words=(b"cat", b"dog", b"cot", b"mat"), counts=counts))
    other = sources.open(tmp_path / "b.bin")  # the same rows, all words different
    np.testing.assert_array_equal(made[:], other[["cat", "dog", "mat"]])
    np.testing.assert_array_equal(made["cats"], other["cats"])
    np.testing.assert_array_equal(made.outputs[:], other.outputs[[0, 1, 3]])
    with pytest.raises(
        BadSource, match="is irregular: token 'cat' is at byte 92 and at byte 118; each token must have"
    ):
        sources.open(tmp_path / "a.bin", strict=True)
