"""Categories: files in two columns, clusters and their purity."""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import BadTestSet
from tovec.measures.categories import Categories, categorization, purity, read_categories, spherical_kmeans
from tovec.vectors.cosine import unit_rows


@pytest.mark.parametrize(
    "text",
    [
        "word,category\ncarp,fish\ncod,fish\ncrow,bird\n",
        ",category,word\n0,fish,carp\n1,fish,cod\n2,fish,\n3,bird,crow\n",  # BLESS in vecto's word-benchmarks
        "carp\tfish\ncod\tfish\ncrow\tbird\n",
        "fish carp\nfish cod\nbird crow\n",
        "Words;Cat\ncarp;fish\ncod;fish\ncrow;bird\n",
    ],
)
def test_words_and_categories_are_found_in_either_order(text, tmp_path):
    (tmp_path / "c.txt").write_text(text)
    found = read_categories(tmp_path / "c.txt")
    assert found == Categories("c", ("carp", "cod", "crow"), ("fish", "fish", "bird"))


def test_categories_may_be_numbers(tmp_path):
    (tmp_path / "c.txt").write_text("carp 1\ncod 1\ncrow 2\n")
    assert read_categories(tmp_path / "c.txt").categories == ("1", "1", "2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("carp\ncod\n", "c.txt has 1 column and needs 2"),
        ("carp fish 1 red\ncod fish 2 red\n", "c.txt has 3 columns of words; a set of categories has two"),
        ("carp fish\ncod fish\n", "fewer than two categories"),
    ],
)
def test_what_is_no_set_is_one_line(text, message, tmp_path):
    (tmp_path / "c.txt").write_text(text)
    with pytest.raises(BadTestSet, match=message):
        read_categories(tmp_path / "c.txt")


def test_purity_is_the_worked_example_of_manning_raghavan_and_schuetze():
    """Introduction to Information Retrieval, figure 16.4: three clusters, (5 + 4 + 3) / 17."""
    clusters = np.repeat([0, 1, 2], [6, 6, 5])
    truth = np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 2, 0, 0, 2, 2, 2])
    assert purity(clusters, truth) == pytest.approx(12 / 17)


def groups(n=20, k=4, spread=0.3, seed=0):
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((k, 10))
    rows = np.repeat(centers, n, axis=0) + spread * rng.standard_normal((n * k, 10))
    return unit_rows(rows), np.repeat(np.arange(k), n)


def test_clusters_are_as_good_as_those_of_scikit_learn():
    """On rows of length 1 k-means by distance and by cosine have the same best clusters, or nearly."""
    cluster = needs("sklearn.cluster")
    units, truth = groups(spread=1.0)
    theirs = cluster.KMeans(4, n_init=10, random_state=0).fit_predict(units)
    assert purity(spherical_kmeans(units, 4, 0), truth) == pytest.approx(purity(theirs, truth), abs=0.06)
    units, truth = groups(spread=0.2)
    assert purity(spherical_kmeans(units, 4, 0), truth) == 1.0


def test_score_counts_the_words_that_have_vectors_and_is_repeatable():
    units, truth = groups(spread=1.2)
    embedding = tovec.Embedding([f"w{i}" for i in range(80)], units)
    given = Categories(
        "mine", (*(f"W{i}" for i in range(80)), "unknown"), (*(f"c{each}" for each in truth), "c0")
    )
    found = categorization(embedding, given)
    assert (found.n_categories, found.n_covered, found.n_words) == (4, 80, 81)
    assert 0.4 < found.purity < 1 and categorization(embedding, given) == found
    with pytest.raises(BadTestSet, match="mine: 0 of its words"):
        categorization(tovec.Embedding(["x", "y"], [[1, 0], [0, 1]]), given)
