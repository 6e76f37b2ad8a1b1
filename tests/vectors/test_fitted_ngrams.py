"""N-grams fitted to vectors: the solution of a least-squares problem, and what it gives unknown tokens."""

import numpy as np
import pytest

import tovec
from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.text.ngrams import NgramRule
from tovec.vectors import fitted_ngrams as module
from tovec.vectors.fitted_ngrams import PENALTY, fitted_ngrams

RULE = NgramRule(min_length=2, max_length=3, buckets=1000)
WORDS = ["cat", "cats", "catty", "dog", "dogs", "doggy", "mat", "mats", "matted", "sat"]


def solved_exactly(tokens, counts, vectors, rule):
    """Return what numpy's solver gives for the normal equations, written out as dense matrices."""
    ngrams = rule.rows(tokens)
    means = np.zeros((len(tokens), len(ngrams.buckets)))
    for token in range(len(tokens)):
        rows = ngrams.rows[ngrams.offsets[token] : ngrams.offsets[token + 1]]
        np.add.at(means[token], rows, 1 / len(rows))
    weights = np.sqrt(counts)[:, None]
    penalty = PENALTY * np.eye(means.shape[1])
    return np.linalg.solve(means.T @ (weights * means) + penalty, means.T @ (weights * vectors))


def test_the_fit_is_the_penalized_least_squares_solution(monkeypatch):
    monkeypatch.setattr(module, "STEPS", 60)
    random = np.random.default_rng(0)
    counts, vectors = random.integers(1, 5000, len(WORDS)), random.standard_normal((len(WORDS), 19))
    table = fitted_ngrams(WORDS, counts, vectors.astype(np.float32), RULE)
    expected = solved_exactly(WORDS, counts, vectors, RULE)
    np.testing.assert_allclose(table.vectors, expected, atol=2e-3)


def test_a_frequent_token_is_met_more_closely_than_a_rare_one():
    vectors = np.array([[1, 0], [0, 1]], np.float32)

    def cosine_with(counts):
        made = fitted_ngrams(["cats", "cat"], np.array(counts), vectors, RULE).vector("cats")
        return made[0] / np.linalg.norm(made)

    assert cosine_with([10_000, 1]) > cosine_with([1, 10_000]) + 0.1


@pytest.fixture
def planted():
    """Tokens of two stems with several endings, and those of each that are left out."""
    random = np.random.default_rng(1)
    stems = {"영화": [1.0, 0.0, 0.0], "사람": [0.0, 1.0, 0.0], "시간": [0.0, 0.0, 1.0]}
    tokens = [stem + ending for stem in stems for ending in ("", "은", "을", "도", "만")]
    vectors = np.repeat(list(stems.values()), 5, axis=0) + 0.05 * random.standard_normal((15, 3))
    return Embedding(tokens, vectors.astype(np.float32))


@pytest.mark.parametrize("unit", ["characters", "jamo"])
def test_an_unknown_form_of_a_word_is_nearest_to_its_known_forms(planted, unit):
    fitted = planted.with_ngrams(unit)
    for stem in ("영화", "사람", "시간"):
        assert f"{stem}에서" not in fitted
        assert all(hit.token.startswith(stem) for hit in fitted.neighbors(f"{stem}에서", k=5))


def test_known_tokens_keep_their_vectors_and_the_result_is_saved(planted, tmp_path):
    fitted = planted.with_ngrams("jamo")
    assert planted.ngrams is None
    np.testing.assert_array_equal(fitted.vectors, planted.vectors)
    opened = tovec.open(fitted.save(tmp_path / "fitted"))
    np.testing.assert_array_equal(opened["영화에서"], fitted["영화에서"])


def test_rows_without_a_direction_do_not_count():
    vectors = np.array([[1, 2], [0, 0], [np.nan, 1], [np.inf, 1]], np.float32)
    fitted = Embedding(["cat", "catx", "caty", "catz"], vectors).with_ngrams(RULE)
    alone = Embedding(["cat"], vectors[:1]).with_ngrams(RULE)
    np.testing.assert_array_equal(fitted.ngrams.vectors, alone.ngrams.vectors)


def test_without_a_vector_to_fit_to_the_error_says_so():
    with pytest.raises(TovecError, match="there is none"):
        Embedding(["cat"], np.zeros((1, 2))).with_ngrams(RULE)
    with pytest.raises(BadSetting, match="rule must be an NgramRule, characters or jamo, not 'letters'"):
        Embedding(["cat"], np.ones((1, 2))).with_ngrams("letters")
