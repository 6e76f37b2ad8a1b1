"""Vectors of texts equal those of model2vec and of the paper's formulas; input is of any kind."""

import json

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadSetting, BadText, TovecError
from tovec.vectors.token_weights import _harmonic, sif_weights

TEXTS = ["the cat sat on the mat", "a dog ate the log", "cats and dogs, and a mat!", "", "unheard things"] * 8


@pytest.fixture(scope="module")
def trained():
    return tovec.train(TEXTS, dim=6, epochs=1, min_count=1, seed=3)


def plainly(embedding, text, a=None):
    """Arora, Liang and Ma 2017, algorithm 1, line 2; a plain mean without `a`."""
    ids = embedding.encode(text)
    counts = embedding.vocabulary.counts
    weights = np.ones(len(ids)) if a is None else a / (a + counts[ids] / counts.sum())
    vectors = embedding.vectors[ids].astype(np.float64)
    return (weights[:, None] * vectors).sum(axis=0) / max(1, len(ids))


@pytest.mark.parametrize("tokenizer", ["words", "whitespace", "bpe:300", "unigram:40"])
def test_mean_equals_that_of_model2vec(tokenizer, tmp_path):
    model2vec = needs("model2vec")
    embedding = tovec.train(TEXTS, dim=6, epochs=1, min_count=1, tokenizer=tokenizer)
    expected = model2vec.StaticModel.from_pretrained(str(embedding.save(tmp_path / "saved"))).encode(TEXTS)
    for source in (embedding, tovec.open(tmp_path / "saved")):
        np.testing.assert_allclose(source.embed(TEXTS), expected, rtol=1e-5, atol=1e-7)


def test_sif_is_the_weighted_mean_of_the_paper(trained):
    expected = [plainly(trained, text, a=1e-3) for text in TEXTS]
    np.testing.assert_allclose(trained.embed(TEXTS, weighting="sif"), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(trained.embed(TEXTS), [plainly(trained, text) for text in TEXTS], rtol=1e-5)


def test_without_counts_sif_weighs_as_model2vec_does():
    def zipf(n):  # as model2vec/distill/inference.py: ranks begin at 2
        inverse = 1 / np.arange(2, n + 2)
        return 1e-3 / (1e-3 + inverse / inverse.sum())

    for n in (1, 5, 1500):
        vocabulary = tovec.Vocabulary([f"t{row}" for row in range(n)])
        np.testing.assert_allclose(sif_weights(vocabulary)(np.arange(n)), zipf(n), rtol=1e-9)
    assert sif_weights(vocabulary)(np.array([1500])).tolist() == [1.0]  # unknown, made of n-grams
    zeros = tovec.Vocabulary(["a", "b"], counts=[0, 0])
    np.testing.assert_allclose(sif_weights(zeros)(np.arange(2)), zipf(2))


@pytest.mark.parametrize("n", [1, 2, 999, 1000, 5000])
def test_harmonic_numbers(n):
    assert _harmonic(n) == pytest.approx(sum(1 / k for k in range(1, n + 1)), rel=1e-14)


def test_components_are_the_first_right_singular_vectors_of_the_texts(trained):
    vectors = trained.embed(TEXTS, "sif").astype(np.float64)
    for n in (0, 1, 2):
        directions = np.linalg.svd(vectors)[2][:n]
        found = trained.embed(TEXTS, "sif", remove_components=n)
        np.testing.assert_allclose(found, vectors - vectors @ directions.T @ directions, atol=1e-6)
        assert found.dtype == np.float32
    assert not trained.embed(TEXTS, remove_components=1)[3].any()  # an empty text stays zeros


def test_as_many_components_as_directions_are_refused(trained):
    for texts in ("the cat", ["the cat"], [], [""], ["cat", "cat"]):
        with pytest.raises(
            BadSetting,
            match=r"remove_components must be (below 1, the number of dir|0 for these texts, none)",
        ):
            trained.embed(texts, remove_components=1)
    for wrong in (-1, 1.5, True, "1"):
        with pytest.raises(BadSetting, match="remove_components must be a whole number from 0 up"):
            trained.embed(TEXTS, remove_components=wrong)


def test_one_text_is_a_vector_several_are_rows_and_nothing_known_is_zeros(trained):
    one = trained.embed("the cat")
    assert one.shape == (6,) and one.dtype == np.float32
    np.testing.assert_array_equal(trained.embed(["the cat"]), [one])
    assert trained.embed([]).shape == (0, 6) and trained.embed([]).dtype == np.float32
    for nothing in ("", " ", "qqq zzz", "!!!"):
        assert trained.embed(nothing).tolist() == [0] * 6
        assert trained.embed([nothing, "cat"])[0].tolist() == [0] * 6


def test_anything_that_can_be_iterated_over_is_texts(trained):
    expected = trained.embed(TEXTS)
    for texts in (
        iter(TEXTS),
        (text for text in TEXTS),
        tuple(TEXTS),
        np.array(TEXTS),
        dict.fromkeys(TEXTS).keys(),
    ):
        found = trained.embed(texts)
        np.testing.assert_array_equal(found, expected[: len(found)])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_column_is_texts_and_a_missing_one_is_told_by_its_row(trained, library):
    column = needs(library).Series(TEXTS)
    np.testing.assert_array_equal(trained.embed(column), trained.embed(TEXTS))
    told = r"text 2 is None, .*: row 1, counted from 0, has no value; fill it, as column.fillna\(''\)"
    with pytest.raises(BadText, match=told):
        trained.embed(needs(library).Series(["a", None]))
    with pytest.raises(
        BadText, match="a DataFrame is a table, of one column; give the one that holds the text"
    ):
        trained.embed(needs(library).DataFrame({"text": TEXTS}))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (b"cat", "a text is a string"),
        (7, "a text is a string and several are a list of strings"),
        (None, "a text is a string"),
        (["cat", 7], "text 2 is 7, of type int; a text is a string"),
        ([["cat"]], "text 1 is .'cat'., of type list; a text is a string"),
        ({"cat": 1}, "a dict is not a list of texts"),
        ({"cat"}, "a set has no order"),
        (["cat", "\udcff"], r"U\+DCFF at character 0"),
    ],
)
def test_what_is_not_text_is_one_error(trained, texts, told):
    with pytest.raises(BadText, match=told):
        trained.embed(texts)


def test_unknown_weighting_and_keyword_are_told(trained):
    with pytest.raises(BadSetting, match="weighting must be one of mean, sif, not 'idf'"):
        trained.embed("cat", weighting="idf")
    with pytest.raises(TovecError, match="embed takes no weigthing; did you mean weighting"):
        trained.embed("cat", weigthing="sif")
    with pytest.raises(TovecError, match="no tokenizer"):
        tovec.Embedding(["cat"], [[1.0]]).embed([])


def test_batches_and_what_was_embedded_before_change_nothing(trained, monkeypatch):
    expected = trained.embed(TEXTS)
    monkeypatch.setattr("tovec.embedding.texts._BATCH", 3)
    np.testing.assert_allclose(trained.embed(TEXTS), expected, rtol=1e-6)
    np.testing.assert_allclose(trained.embed(TEXTS), expected, rtol=1e-6)


def test_changed_vectors_vocabulary_and_tokenizer_are_seen(trained):
    embedding = tovec.Embedding(["cat", "the"], [[1.0, 2], [3, 4]], trained.tokenizer)
    assert embedding.embed("The cat").tolist() == [2, 3]
    embedding.vectors[0] = 5
    assert embedding.embed("The cat").tolist() == [4, 4.5]
    embedding.tokenizer = tovec.Embedding(["cat"], [[1.0]]).with_tokenizer("whitespace").tokenizer
    assert embedding.embed("The cat").tolist() == [5, 5]


def test_ngrams_give_unknown_words_a_part(trained):
    embedding = trained.with_ngrams("characters")
    np.testing.assert_allclose(
        embedding.embed("the catlike"), (trained["the"] + embedding["catlike"]) / 2, rtol=1e-5
    )
    many = embedding.embed(["the catlike"] * 100 + ["cat"])
    np.testing.assert_allclose(many[99], embedding.embed("the catlike"), rtol=1e-6)


def test_a_quantized_table_on_disk_gives_the_mean_of_its_rows(trained, tmp_path):
    opened = tovec.open(trained.save(tmp_path / "x", dtype="int8"))
    in_memory = tovec.Embedding(opened.vocabulary, opened.vectors[:], opened.tokenizer)
    np.testing.assert_array_equal(opened.embed(TEXTS), in_memory.embed(TEXTS))
    assert json.dumps(opened.embed("cat").tolist())
