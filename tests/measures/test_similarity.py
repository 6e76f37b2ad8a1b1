"""Rank correlations with their intervals, against scipy and gensim."""

import warnings

import numpy as np
import pytest
from needs import needs, shared_data

import tovec
from tovec.errors import BadTestSet
from tovec.measures.bootstrap import draws, spearman_of_draws
from tovec.measures.similarity import compare_similarity, similarity, spearman
from tovec.measures.word_pairs import WordPairs, read_word_pairs
from tovec.measures.words import WordRows
from tovec.text.vocabulary import Vocabulary


def pairs_of(*pairs):
    return WordPairs(
        "mine", tuple((a, b) for a, b, _ in pairs), np.array([rating for *_, rating in pairs], float)
    )


@pytest.fixture
def embedding():
    radians = np.radians([0, 20, 90, 180])
    return tovec.Embedding(["east", "near", "north", "west"], np.stack([np.cos(radians), np.sin(radians)], 1))


def test_correlation_is_scipys_also_with_equal_values():
    stats, rng = needs("scipy.stats"), np.random.default_rng(0)
    for n in (2, 3, 10, 353):
        a, b = rng.integers(0, 12, n).astype(float), rng.standard_normal(n)
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12, nan_ok=True)
    assert np.isnan(spearman(np.ones(5), np.arange(5.0))) and np.isnan(spearman(np.ones(1), np.ones(1)))


def test_correlation_of_a_draw_is_that_of_its_pairs():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 9, 40).astype(float), rng.integers(0, 5, 40).astype(float)
    (counts,) = draws(40, seed=3, n_draws=50)
    drawn = [np.repeat(np.arange(40), each) for each in counts]
    expected = [spearman(a[places], b[places]) for places in drawn]
    assert spearman_of_draws(a, b, counts) == pytest.approx(expected, abs=1e-12)


def test_scores_count_covered_pairs_and_all_with_zero_for_the_missing(embedding):
    score = similarity(
        embedding,
        pairs_of(("east", "near", 3), ("west", "near", 2), ("east", "west", 1), ("east", "moon", 4)),
    )
    assert (score.spearman, score.n_covered, score.n_pairs) == (pytest.approx(1), 3, 4)
    near = np.cos(np.radians(20))
    assert score.cosines == pytest.approx([near, -near, -1, np.nan], abs=1e-6, nan_ok=True)
    # ranks of the cosines 4, 2, 1 and 3 for the missing, of the ratings 3, 2, 1, 4: 1 - 6 * 2 / (4 * 15)
    assert score.missing_as_zero == pytest.approx(0.8)


def test_word_with_a_blank_is_the_token_with_an_underscore():
    embedding = tovec.Embedding(["new_york", "rome", "los angeles", "los_angeles"], np.eye(4))
    pairs = pairs_of(("New York", "rome", 1), ("new_york", "Los Angeles", 2), ("old york", "rome", 3))
    assert np.isnan(similarity(embedding, pairs).cosines).tolist() == [False, False, True]
    assert WordRows(embedding.vocabulary).find(["los angeles", "LOS_ANGELES"]).tolist() == [2, 3]


def test_words_that_are_equal_have_one_cosine_so_they_share_a_rank():
    words = [f"w{n}" for n in range(60)]
    embedding = tovec.Embedding(words, np.random.default_rng(0).standard_normal((60, 50)))
    score = similarity(embedding, pairs_of(*((word, word, n) for n, word in enumerate(words))))
    assert set(score.cosines.tolist()) == {1.0} and np.isnan(score.spearman)


def test_table_whose_rows_have_no_tokens_asks_for_a_tokenizer():
    vocabulary = Vocabulary((), n_rows=3)
    with pytest.raises(BadTestSet, match="rows of this table have no tokens, so no word is found; name its"):
        similarity(tovec.Embedding(vocabulary, np.eye(3)), pairs_of(("a", "b", 1)))


def test_words_are_found_in_any_case_and_the_first_token_wins():
    embedding = tovec.Embedding(["us", "US", "Paris", "É"], [[1, 0], [0, 1], [1, 0.1], [1, 1]])
    score = similarity(embedding, pairs_of(("US", "paris", 1), ("É".lower(), "us", 0)))
    assert score.cosines == pytest.approx([1 / np.sqrt(1.01), np.sqrt(0.5)], abs=1e-6)


def test_word_of_a_model_is_the_token_that_begins_a_word():
    from tovec.text.token_bytes import Spelling

    names = ["king", "▁king", "▁queen", "lord"]
    vocabulary = tovec.Vocabulary(names, spelling=Spelling.PIECES)
    embedding = tovec.Embedding(vocabulary, [[0, 1], [1, 0], [1, 0], [1, 1]])
    score = similarity(embedding, pairs_of(("king", "queen", 1), ("king", "lord", 2)))
    assert score.cosines == pytest.approx([1, np.nan], nan_ok=True)


def test_unknown_words_have_vectors_of_ngrams_where_there_are_some_and_are_counted():
    embedding = tovec.Embedding(["played", "playing", "sitting"], [[2, 0], [1, 1], [0, 2]])
    pairs = pairs_of(("played", "playing", 3), ("plays", "played", 2), ("plays", "sitting", 1))
    assert similarity(embedding, pairs).n_covered == 1
    score = similarity(embedding.with_ngrams("characters"), pairs)
    assert (score.n_covered, score.n_from_ngrams) == (3, 2)


def test_row_without_direction_is_none():
    embedding = tovec.Embedding(["a", "b", "zero", "nan"], [[1, 0], [1, 1], [0, 0], [np.nan, 1]])
    score = similarity(embedding, pairs_of(("a", "b", 1), ("a", "zero", 2), ("a", "nan", 3)))
    assert score.n_covered == 1 and np.isnan(score.spearman) and np.isnan(score.interval.low)


def test_set_whose_words_are_all_unknown_is_one_line(embedding):
    with pytest.raises(
        BadTestSet, match="mine: no pair has both words in the vocabulary; the first is 'a' and 'b'"
    ):
        similarity(embedding, pairs_of(("a", "b", 1), ("c", "d", 2)))


@pytest.mark.parametrize("name", ["EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt"])
def test_score_and_coverage_are_gensims(name):
    """evaluate_word_pairs, on a table whose tokens are partly upper case and partly missing."""
    models = needs("gensim.models")
    path = shared_data(f"eval/{name}")
    pairs = read_word_pairs(path)
    rng = np.random.default_rng(0)
    words = sorted({word for pair in pairs.pairs for word in pair})
    words = [word.title() if rng.random() < 0.3 else word for word in words if rng.random() < 0.9]
    words += [word.upper() for word in words[::5]]  # a second variant, which counts for nothing
    vectors = rng.standard_normal((len(words), 30)).astype(np.float32)
    theirs = models.KeyedVectors(30)
    theirs.add_vectors(words, vectors)
    _, correlation, missing = theirs.evaluate_word_pairs(str(path), restrict_vocab=len(words))
    _, with_zeros, _ = theirs.evaluate_word_pairs(str(path), restrict_vocab=len(words), dummy4unknown=True)
    score = similarity(tovec.Embedding(words, vectors), pairs)
    assert score.spearman == pytest.approx(correlation.statistic, abs=1e-6)
    assert score.missing_as_zero == pytest.approx(with_zeros.statistic, abs=1e-6)
    assert 100 * (1 - score.n_covered / score.n_pairs) == pytest.approx(missing)


def rated(n, noise, seed):
    """Return two words for each of n ratings whose cosine is the rating, and some noise."""
    rng = np.random.default_rng(seed)
    ratings = np.linspace(-0.9, 0.9, n)
    cosines = np.clip(ratings + noise * rng.standard_normal(n), -1, 1)
    words = [f"{side}{i}" for i in range(n) for side in "ab"]
    rows = [row for cosine in cosines for row in ([1, 0], [cosine, np.sqrt(1 - cosine**2)])]
    return tovec.Embedding(words, rows), pairs_of(*((f"a{i}", f"b{i}", ratings[i]) for i in range(n)))


def test_interval_holds_the_correlation_and_narrows_with_more_pairs():
    widths = []
    for n in (40, 400):
        score = similarity(*rated(n, 0.6, 0))
        assert score.interval.low < score.spearman < score.interval.high
        widths.append(score.interval.high - score.interval.low)
    assert 2 < widths[0] / widths[1] < 5  # about the square root of 10
    assert similarity(*rated(40, 0.6, 0)) != similarity(*rated(40, 0.6, 0), seed=1)
    assert similarity(*rated(40, 0.6, 0)).interval == similarity(*rated(40, 0.6, 0)).interval


def test_interval_is_that_of_scipys_bootstrap():
    stats = needs("scipy.stats")
    embedding, pairs = rated(100, 0.5, 2)
    score = similarity(embedding, pairs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = stats.bootstrap(
            (score.cosines, pairs.ratings),
            lambda a, b: stats.spearmanr(a, b).statistic,
            paired=True, vectorized=False, method="percentile", n_resamples=500, rng=0,
        ).confidence_interval  # fmt: skip
    assert score.interval == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_two_that_hardly_differ_are_a_tie_and_others_are_not():
    pairs = rated(300, 0, 0)[1]
    good, as_good, bad = (
        similarity(rated(300, noise, seed)[0], pairs) for noise, seed in ((0.7, 0), (0.7, 1), (3, 2))
    )
    tie = compare_similarity(pairs, good, as_good)
    assert tie.interval.low < 0 < tie.interval.high
    assert "no difference can be told between A and B" in tie.sentence("A", "B")
    worse = compare_similarity(pairs, good, bad)
    assert worse.interval.high < 0 and worse.difference == pytest.approx(bad.spearman - good.spearman)
    assert "mine, 300 pairs that both cover: A is better than B (-0." in worse.sentence("A", "B")
    assert "A is better than B (+" in compare_similarity(pairs, bad, good).sentence("B", "A")


def test_embeddings_are_compared_on_the_pairs_that_both_cover():
    (first, pairs), (second, _) = rated(50, 0.5, 0), rated(50, 0.5, 1)
    fewer = tovec.Embedding([*second][20:], second[20:])
    one, other = similarity(first, pairs), similarity(fewer, pairs)
    found = compare_similarity(pairs, one, other)
    assert found.n_pairs == 40 and found.second == other.spearman != found.first
    nothing = compare_similarity(
        pairs_of(("a0", "b0", 1), ("a1", "b1", 1)),
        *[similarity(first, pairs_of(("a0", "b0", 1), ("a1", "b1", 1)))] * 2,
    )
    assert "too few to compare A and B" in nothing.sentence("A", "B")
