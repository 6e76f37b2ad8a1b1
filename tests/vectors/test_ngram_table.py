"""Vectors of n-grams: fastText's vectors of unknown and known words."""

import numpy as np
import pytest
from needs import needs, shared_data

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError, UnknownToken
from tovec.text.ngrams import NgramRule
from tovec.text.tokenizers import tokenizer_from_name
from tovec.vectors import ngram_table
from tovec.vectors.ngram_table import NgramTable

RULE = NgramRule(min_length=2, max_length=3, buckets=50)


@pytest.fixture
def table():
    return NgramTable(RULE, np.random.default_rng(0).standard_normal((50, 4), dtype=np.float32))


@pytest.fixture
def embedding(table):
    tokens = ["cat", "dog", "mat", "sat"]
    return Embedding(tokens, np.eye(4), tokenizer_from_name("words"), ngrams=table)


@pytest.fixture(scope="module")
def lee():
    """The tokens, the input matrix and the model of a real fastText file."""
    model = needs("fasttext").load_model(str(shared_data("vectors/lee_fasttext_new.bin")))
    return model.get_words(), model.get_input_matrix(), model


def test_vector_of_an_unknown_word_equals_that_of_fasttext(lee):
    tokens, matrix, model = lee
    table = NgramTable(NgramRule(3, 6, 1000), matrix[len(tokens) :])
    for word in ("nights", "zzz", "영화", "<night>", "q"):
        assert word not in tokens
        np.testing.assert_allclose(table.vector(word), model.get_word_vector(word), rtol=1e-5, atol=1e-6)


def test_vectors_of_known_words_equal_those_of_fasttext(lee, monkeypatch):
    monkeypatch.setattr(ngram_table, "BLOCK_NUMBERS", 1000)  # many blocks
    tokens, matrix, model = lee
    table = NgramTable(NgramRule(3, 6, 1000), matrix[len(tokens) :])
    expected = np.stack([model.get_word_vector(token) for token in tokens])
    composed = table.composed(tokens, matrix[: len(tokens)])
    assert composed.dtype == np.float32
    words = [row for row, token in enumerate(tokens) if token != "</s>"]  # its end of a line has no n-grams
    assert len(words) == len(tokens) - 1
    np.testing.assert_allclose(composed[words], expected[words], rtol=1e-5, atol=1e-6)


def test_a_vector_is_the_mean_over_its_ngrams(table):
    ids = [RULE.bucket(ngram) for ngram in RULE.ngrams("cats")]
    vector = table.vector("cats")
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, table.vectors[ids].mean(axis=0), rtol=1e-5)


def test_buckets_without_a_row_are_left_out_of_the_mean(table):
    ids = [RULE.bucket(ngram) for ngram in RULE.ngrams("cats")]
    kept = np.array(sorted(set(ids[::2])), dtype=np.int32)
    small = NgramTable(RULE, table.vectors[kept], kept)
    inside = [bucket for bucket in ids if bucket in kept]
    assert 0 < len(inside) < len(ids)
    np.testing.assert_allclose(small.vector("cats"), table.vectors[inside].mean(axis=0), rtol=1e-5)
    composed = small.composed(["cats", "", "cats"], np.ones((3, 4), np.float32))
    expected = (1 + table.vectors[inside].sum(axis=0)) / (1 + len(inside))
    np.testing.assert_allclose(composed, [expected, np.ones(4), expected], rtol=1e-5)


def test_a_table_of_the_rows_in_use_gives_the_same_vectors(table):
    tokens = ["cat", "dog", "catalog"]
    found = RULE.rows(tokens)
    small = NgramTable(RULE, table.vectors[found.buckets], found.buckets)
    for token in tokens:
        np.testing.assert_array_equal(small.vector(token), table.vector(token))
    own = np.ones((3, 4), dtype=np.float32)
    np.testing.assert_array_equal(small.composed(tokens, own), table.composed(tokens, own))


def test_a_token_without_ngrams_has_no_vector(table):
    longer = NgramTable(NgramRule(3, 6, 50), table.vectors)
    assert longer.vector("") is None
    assert NgramTable(RULE, np.empty((0, 4)), np.empty(0, np.int32)).vector("cat") is None
    empty = NgramTable(RULE, np.empty((0, 4)), np.empty(0, np.int32))
    np.testing.assert_array_equal(empty.composed(["cat"], np.ones((1, 4))), np.ones((1, 4)))
    assert table.composed([], np.empty((0, 4))).shape == (0, 4)


def test_float16_and_other_numbers_come_out_as_float32(table):
    half = NgramTable(RULE, table.vectors.astype(np.float16))
    assert half.vectors.dtype == np.float16 and half.vector("cats").dtype == np.float32
    np.testing.assert_allclose(half.vector("cats"), table.vector("cats"), atol=1e-3)
    assert NgramTable(RULE, table.vectors.astype(np.float64)).vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("vectors", "buckets", "message"),
    [
        (np.zeros((49, 4)), None, r"50 buckets .* need a table of \(50, dim\) .* not of shape \(49, 4\)"),
        (np.zeros((50, 0)), None, r"not of shape \(50, 0\)"),
        (np.zeros(50), None, r"not of shape \(50,\)"),
        (np.zeros((3, 4)), [1, 2], r"2 buckets of n-grams need a table of \(2, dim\)"),
        (np.zeros((2, 4)), [2, 1], "must be different, ascending and below 50"),
        (np.zeros((2, 4)), [1, 1], "must be different, ascending and below 50"),
        (np.zeros((2, 4)), [1, 50], "must be different, ascending and below 50"),
        (np.zeros((2, 4)), [-1, 3], "must be different, ascending and below 50"),
    ],
)  # fmt: skip
def test_table_that_does_not_fit_the_buckets_is_refused(vectors, buckets, message):
    with pytest.raises(TovecError, match=message):
        NgramTable(RULE, vectors, buckets)


def test_own_vectors_of_other_tokens_are_refused(table):
    for own in (np.ones((2, 4)), np.ones((1, 3))):
        with pytest.raises(TovecError, match=r"1 token needs own vectors of \(1, 4\), not"):
            table.composed(["cat"], own)


# In an embedding


def test_unknown_token_with_ngrams_has_a_vector_in_every_lookup(embedding, table):
    vector = table.vector("cats")
    np.testing.assert_array_equal(embedding["cats"], vector)
    np.testing.assert_array_equal(embedding[["cat", "cats", "cats"]], [[1, 0, 0, 0], vector, vector])
    np.testing.assert_array_equal(embedding[["cats", 3]], [vector, [0, 0, 0, 1]])
    assert embedding.neighbors("cats", 10) == embedding.neighbors(vector, 10)
    assert embedding.similarity("cats", "cat") == embedding.similarity(vector, "cat")
    expected = embedding.analogy(["dog", vector], ["mat"])
    assert embedding.analogy(["dog", "cats"], ["mat"]) == expected
    assert {hit.token for hit in expected} == {"cat", "sat"}


def test_odd_one_out_may_be_an_unknown_token(embedding, table):
    vectors = np.stack([embedding["cat"], embedding["cat"] + 0.1, -table.vector("cats")])
    far = Embedding(["a", "b", "c"], vectors, ngrams=table)
    assert far.doesnt_match(["a", "b", "cats"]) == "cats"
    assert far.doesnt_match(["a", 1, 2]) == "c"


def test_ngrams_change_nothing_for_known_tokens_ids_and_text(embedding):
    assert "cats" not in embedding and len(embedding) == 4
    np.testing.assert_array_equal(embedding["cat"], [1, 0, 0, 0])
    assert embedding.encode("cat cats mat").tolist() == [0, 2]
    assert embedding[embedding.tokenize("cat cats mat")].shape == (3, 4)
    assert embedding.tokens([2]) == ["mat"]
    for ask in (lambda: embedding.ids(["cats"]), lambda: embedding.vocabulary.id("cats")):
        with pytest.raises(
            UnknownToken, match="token 'cats' is not in the vocabulary; nearest spellings: 'cat'"
        ):
            ask()


def test_token_without_ngrams_is_unknown(table):
    embedding = Embedding(["cat"], np.ones((1, 4)), ngrams=NgramTable(NgramRule(3, 6, 50), table.vectors))
    for ask in (lambda: embedding[""], lambda: embedding[["cat", ""]], lambda: embedding.neighbors("")):
        with pytest.raises(UnknownToken, match="token '' is not in the vocabulary"):
            ask()


def test_without_ngrams_an_unknown_token_is_an_error(embedding):
    plain = Embedding(embedding.vocabulary, embedding.vectors)
    for ask in (lambda: plain["cats"], lambda: plain[["cats"]], lambda: plain.similarity("cat", "cats")):
        with pytest.raises(UnknownToken, match="token 'cats' is not in the vocabulary"):
            ask()
    with pytest.raises(BadSetting, match="at least three tokens"):
        embedding.doesnt_match(["cats", "cat"])


def test_ngrams_of_another_dim_are_refused(table):
    with pytest.raises(TovecError, match="vectors of 3 numbers need n-grams of as many, not of 4"):
        Embedding(["cat"], np.ones((1, 3)), ngrams=table)


def test_an_unknown_word_is_the_mean_of_its_morphemes(table):
    needs("kiwipiepy")
    tokenizer = tokenizer_from_name("kiwi")
    assert tokenizer.tokens("영화에서") == ["영화", "에서"]
    embedding = Embedding(["영화", "배우"], [[1, 0, 0, 0], [0, 1, 0, 0]], tokenizer, ngrams=table)
    expected = (np.array([1, 0, 0, 0]) + table.vector("에서")) / 2
    np.testing.assert_allclose(embedding["영화에서"], expected, rtol=1e-6)
    np.testing.assert_allclose(embedding["영화에서"], embedding.embed("영화에서"), rtol=1e-6)
    np.testing.assert_array_equal(embedding["에서"], table.vector("에서"))


def test_other_tokenizers_leave_an_unknown_word_to_the_ngrams_of_the_whole(table):
    embedding = Embedding(["new", "york"], np.eye(4)[:2], tokenizer_from_name("words"), ngrams=table)
    assert embedding.tokenize("new-york") == ["new", "york"]
    np.testing.assert_array_equal(embedding["new-york"], table.vector("new-york"))
