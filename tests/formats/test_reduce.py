"""Fewer tokens and fewer dimensions: against scikit-learn, and what must stay as it was."""

import tracemalloc
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec.embedding import Embedding
from tovec.errors import BadSetting
from tovec.formats import reduce
from tovec.formats.writing import word2vec
from tovec.text.ngrams import NgramRule
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.common_components import common_components
from tovec.vectors.cosine import cosines, row_norms
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.principal_axes import axes_around_origin


class Reduced(NamedTuple):
    embedding: Embedding
    dropped: tuple[str, ...]


def opened(reshaped):
    return Reduced(Embedding.from_parts(reshaped.embedding), reshaped.dropped)


def top_rows(embedding, n):
    return opened(reduce.top_rows(embedding.parts, n))


def with_fitting_tokenizer(embedding):
    return opened(reduce.with_fitting_tokenizer(embedding.parts))


def reduced(embedding, dim):
    reshaped, explained = reduce.reduced(embedding.parts, dim)
    return opened(reshaped), explained


def table(n_rows, dim, seed=0, offset=0.0):
    """Rows whose columns differ in size, so that axes stand apart."""
    rows = np.random.default_rng(seed).standard_normal((n_rows, dim)) @ np.diag(1.5 ** -np.arange(dim))
    turn, _ = np.linalg.qr(np.random.default_rng(seed + 1).standard_normal((dim, dim)))
    return (rows @ turn + offset).astype(np.float32)


# Fewer tokens


def test_top_keeps_the_first_tokens_without_counts():
    made = Embedding.random(list("abcde"), 3)
    cut = top_rows(made, 3).embedding
    assert cut.vocabulary.tokens == ("a", "b", "c")
    np.testing.assert_array_equal(cut[:], made[:3])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(1, 14))
def test_top_keeps_the_most_frequent_tokens_in_id_order(counts, n):
    made = Embedding(Vocabulary(map(str, range(len(counts))), counts), table(len(counts), 3))
    cut = top_rows(made, n).embedding
    ids = [int(token) for token in cut]
    by_frequency = sorted(range(len(counts)), key=lambda row: (-counts[row], row))
    assert ids == sorted(by_frequency[:n])
    assert cut.vocabulary.counts.tolist() == [counts[row] for row in ids]
    np.testing.assert_array_equal(cut[:], made[ids] if ids else made[:0])


def test_top_keeps_what_belongs_to_the_tokens():
    vocabulary = Vocabulary(
        ["<s>", "Ġa", "<unk>", "Ġb", "</s>"],
        [9, 1, 7, 0, 8],
        unknown="<unk>",
        spelling=Spelling.BYTE_LEVEL,
        special=[0, 4],
    )
    state = {"biases": table(5, 2, seed=8), "positions": table(6, 3, seed=9)}
    made = Embedding(
        vocabulary, table(5, 3), provenance={"by": "hand"}, outputs=table(5, 3, seed=7), state=state
    )
    cut = top_rows(made, 3)
    assert cut.dropped == ()
    cut = cut.embedding
    assert cut.vocabulary.tokens == ("<s>", "<unk>", "</s>")
    assert (cut.vocabulary.unknown, cut.vocabulary.special) == ("<unk>", {0, 2})
    assert cut.vocabulary.spelling is Spelling.BYTE_LEVEL
    assert cut.provenance == {"by": "hand"}
    np.testing.assert_array_equal(cut.outputs[0:3], made.outputs[[0, 2, 4]])
    np.testing.assert_array_equal(cut.state["biases"], state["biases"][[0, 2, 4]])
    np.testing.assert_array_equal(cut.state["positions"], state["positions"])
    assert top_rows(made, 1).dropped == ("the token for unknown text, '<unk>'",)
    assert top_rows(made, 1).embedding.vocabulary.unknown is None


def test_asking_for_all_rows_or_more_returns_the_same_table():
    made = Embedding.random(list("abc"), 2)
    assert top_rows(made, 3).embedding.vectors is made.vectors
    assert top_rows(made, 10**9).embedding.vectors is made.vectors
    with pytest.raises(BadSetting, match="top must be at least 1, not 0"):
        top_rows(made, 0)


def test_top_keeps_a_word_tokenizer_and_drops_a_subword_one():
    words = Embedding.random(["cat", "dog", "mat"], 2)
    assert top_rows(words, 2).embedding.tokenizer is words.tokenizer
    bpe = tokenizer_from_name("bpe:270").train(["the cat sat on the mat"] * 5)
    pieces = Embedding.random(bpe.vocabulary, 2, tokenizer=bpe)
    assert with_fitting_tokenizer(pieces).embedding.tokenizer is bpe
    cut = top_rows(pieces, 5)
    assert cut.embedding.tokenizer is None
    assert cut.dropped == ("the tokenizer bpe:270, whose tokens are different",)


# Fewer dimensions


def test_centered_rows_give_principal_components():
    rows = table(1000, 12).astype(np.float64)
    rows -= rows.mean(axis=0)
    fitted = needs("sklearn.decomposition").PCA(4, svd_solver="full").fit(rows)
    made, explained = reduced(Embedding(map(str, range(1000)), rows), 4)
    np.testing.assert_allclose(np.abs(made.embedding[:]), np.abs(fitted.transform(rows)), atol=1e-5)
    assert explained == pytest.approx(fitted.explained_variance_ratio_.sum(), rel=1e-6)


def test_all_dimensions_are_a_rotation():
    made = Embedding(map(str, range(300)), table(300, 16, offset=1.0))
    turned, explained = reduced(made, 16)
    assert explained == pytest.approx(1.0, abs=1e-12)
    expected = cosines(made[:], made[7])
    np.testing.assert_allclose(cosines(turned.embedding[:], turned.embedding[7]), expected, atol=1e-6)
    np.testing.assert_allclose(row_norms(turned.embedding.vectors), row_norms(made.vectors), rtol=1e-6)


def test_rows_that_lie_in_a_plane_through_the_origin_are_kept_whole_in_two():
    flat = (np.random.default_rng(0).standard_normal((50, 2)) @ np.array([[1, 2, 0, 1], [0, 1, 1, 3]])) + [
        2,
        5,
        1,
        5,
    ]
    made = Embedding(map(str, range(50)), flat)
    kept, explained = reduced(made, 2)
    assert explained == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(
        cosines(kept.embedding[:], kept.embedding[3]), cosines(made[:], made[3]), atol=1e-6
    )


def test_vectors_from_ngrams_are_mapped_too():
    rule = NgramRule(min_length=2, max_length=3, buckets=500)
    ngrams = NgramTable(rule, table(500, 8, seed=3))
    made = Embedding(["cat", "dog"], table(2, 8), ngrams=ngrams, outputs=table(2, 8))
    kept, _ = reduced(made, 8)
    assert kept.dropped == ("output vectors",)
    assert kept.embedding.similarity("cats", "dogma") == pytest.approx(
        made.similarity("cats", "dogma"), abs=1e-6
    )
    assert kept.embedding.similarity("cats", "dog") == pytest.approx(made.similarity("cats", "dog"), abs=1e-6)


def test_nan_rows_do_not_count_for_the_axes():
    rows = table(40, 5)
    spoiled = np.vstack([rows, [[np.nan] * 5, [np.inf, 0, 0, 0, 0], [0.0] * 5]]).astype(np.float32)
    axes, explained = axes_around_origin(rows, 3)
    made, explained_spoiled = reduced(Embedding(map(str, range(43)), spoiled), 3)
    assert explained_spoiled == pytest.approx(explained, rel=1e-12)
    np.testing.assert_allclose(made.embedding[:40], rows @ axes, atol=1e-6)
    assert not np.isfinite(made.embedding[40:42]).all(axis=1).any()
    assert not made.embedding[42].any()


@pytest.mark.parametrize("dim", [0, 6])
def test_a_dim_outside_the_table_is_refused(dim):
    with pytest.raises(BadSetting, match=f"dim must be from 1 to 5, the length of the vectors, not {dim}"):
        reduced(Embedding.random(list("abc"), 5), dim)


@pytest.mark.parametrize("rows", [np.empty((0, 3)), np.zeros((4, 3)), np.ones((1, 3))])
def test_constant_tables_have_axes(rows):
    made, explained = reduced(Embedding(map(str, range(len(rows))), rows), 2)
    assert made.embedding.vectors.shape == (len(rows), 2)
    assert explained == pytest.approx(1.0)
    np.testing.assert_allclose(row_norms(made.embedding.vectors), row_norms(rows.astype(np.float32)))


# Without common components


def without_components(embedding, n):
    reshaped, share = reduce.without_components(embedding.parts, n)
    return opened(reshaped), share


@pytest.mark.parametrize("buckets", [None, np.arange(0, 500, 2)])
def test_unknown_tokens_lose_what_tokens_lose(buckets):
    """The mean of what is left of n-grams is what is left of their mean."""
    rule = NgramRule(min_length=2, max_length=3, buckets=500)
    vectors = table(500 if buckets is None else 250, 8, seed=3, offset=1.0)
    vectors[:7] = 0
    ngrams = NgramTable(rule, vectors, buckets)
    made = Embedding([f"cat{row}" for row in range(40)], table(40, 8, offset=1.0), ngrams=ngrams)
    left, _ = without_components(made, 2)
    common = common_components(made.vectors, 2, "n")
    for token in ("dogma", "cats", "catalog"):
        seen = made[token] - common.mean
        expected = seen - (seen @ common.directions.T) @ common.directions
        np.testing.assert_allclose(left.embedding[token], expected, atol=1e-6)
    composed = left.embedding.ngrams.composed(made.vocabulary.tokens, left.embedding.vectors)
    before = ngrams.composed(made.vocabulary.tokens, made.vectors) - common.mean
    np.testing.assert_allclose(
        composed, before - (before @ common.directions.T) @ common.directions, atol=1e-6
    )


def test_what_belongs_to_the_vectors_is_kept_but_for_what_training_needs():
    vocabulary = Vocabulary(list("abcd"), [4, 3, 2, 1], unknown="b", special=[0])
    made = Embedding(
        vocabulary,
        table(4, 5),
        tokenizer_from_name("whitespace"),
        provenance={"by": "hand"},
        outputs=table(4, 5),
        state={"positions": table(6, 5)},
    )
    (left, dropped), share = without_components(made, 1)
    assert dropped == ("output vectors",)
    assert (left.outputs, left.state) == (None, {})
    assert left.vocabulary is vocabulary and left.tokenizer is made.tokenizer
    assert left.provenance == {"by": "hand", "removed_components": 1}
    assert made.provenance == {"by": "hand"}
    assert 0 < share < 1
    bare = Embedding(list("abcd"), table(4, 5))
    assert without_components(bare, 0)[0].dropped == ()
    assert without_components(bare, 0)[0].embedding.provenance == {"removed_components": 0}


@pytest.mark.parametrize(("before", "total"), [(2, 3), ("two", 1), (None, 1)])
def test_components_removed_before_are_counted_too(before, total):
    made = Embedding(list("abcd"), table(4, 5), provenance={"removed_components": before})
    assert without_components(made, 1)[0].embedding.provenance == {"removed_components": total}


# Memory


class Lazy:
    """Rows that are made when they are asked for."""

    dtype = np.dtype(np.float32)

    def __init__(self, n_rows, dim):
        self.shape = (n_rows, dim)

    def __getitem__(self, rows):
        ids = np.arange(self.shape[0])[rows] if isinstance(rows, slice) else np.asarray(rows)
        numbers = ids[:, None] * 7919 + np.arange(self.shape[1]) * 104729
        return (numbers % 2003).astype(np.float32) / 1000 - 1


@pytest.fixture(scope="module")
def cut():
    """25 MB of float32, cut by a row and a column."""
    whole = Embedding(map(str, range(12_000)), Lazy(12_000, 512))
    return reduced(top_rows(whole, 11_999).embedding, 511)[0].embedding


@pytest.mark.parametrize(
    "name",
    [
        *("a", "a.npy", "a.safetensors"),
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("a.bin", "a.vec", "a.parquet", "a.tsv")),
    ],
)
def test_no_format_needs_a_copy_of_the_table(cut, tmp_path, name, monkeypatch):
    if name.endswith(".parquet"):
        needs("pyarrow")
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 1 << 16)
    monkeypatch.setattr(word2vec, "FAST_FROM", 0)
    tovec.save(Embedding(["warm"], [[1.0]]), tmp_path / name)  # what is imported and compiled
    tracemalloc.start()
    tovec.save(cut, tmp_path / name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000, f"{peak / 1e6:.1f} MB"
