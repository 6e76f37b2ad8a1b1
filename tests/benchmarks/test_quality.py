"""The quality gate, benchmarks/quality.py: what it concludes, and that it is met."""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from evaluation import Score, evaluate, sets_in, similarity_score, similarity_sets, vectors_of_tokens
from needs import needs, shared_data
from programs import write_tokens
from quality import (
    DEFAULTS,
    MIN_COUNT,
    Runs,
    default_trainer,
    gensim_trainer,
    run_all,
    tovec_trainer,
    verdict_on_defaults,
    verdicts,
)

FAMILIES, GROUPS, WORDS = 6, 4, 8  # groups of a family, words of a group


def runs_of(values, n_found=100):
    runs = Runs()
    for value in values:
        runs.add(1.0, {"set": Score(value, n_found, 100)})
    return runs


@pytest.mark.parametrize(
    ("defaults", "n_found", "verdict"),
    [
        ([0.5, 0.7], 100, "as good"),
        ([0.5, 0.69], 100, "WORSE"),
        ([0.9, 0.9], 99, "WORSE"),
        ([0.6], 101, "as good"),
        ([0.9], 19, "WORSE"),
    ],
)
def test_defaults_may_be_worse_neither_in_the_mean_nor_in_pairs_covered(defaults, n_found, verdict):
    results = {"gensim": runs_of([0.6, 0.6]), DEFAULTS: runs_of(defaults, n_found)}
    assert [row["verdict"] for row in verdict_on_defaults(Path("text.txt"), results, ["set"])] == [verdict]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([0.591, 0.591], "as good"), ([0.589, 0.589], "WORSE"), ([0.45, 0.65], "as good")],
)
def test_equal_settings_may_be_worse_by_chance_alone(values, verdict):
    """0.01, or twice the standard error: of .45 and .65 it is 0.1."""
    results = {"gensim": runs_of([0.6, 0.6]), "tovec": runs_of(values), DEFAULTS: runs_of([0.1, 0.1])}
    assert [row["verdict"] for row in verdicts(Path("text.txt"), results)] == [verdict]


def graded_text(path, n_sentences, seed=0):
    """Write sentences about a group of words, less often another of its family, and now and then any."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(n_sentences):
        family, group = rng.integers(FAMILIES), rng.integers(GROUPS)
        words = []
        for kind in rng.choice(3, size=10, p=[0.5, 0.3, 0.2]):
            of_family = rng.integers(FAMILIES) if kind == 2 else family
            of_group = rng.integers(GROUPS) if kind > 0 else group
            words.append(f"f{of_family}g{of_group}w{rng.integers(WORDS)}")
        lines.append(" ".join(words))
    path.write_text("\n".join(lines))


def graded_sets(folder, n_pairs=300, seed=1):
    """Write sets of pairs rated 2 for one group, 1 for one family, 0 for neither."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    for name in ("first", "second"):
        lines = []
        for rating in rng.integers(3, size=n_pairs):
            family, group = rng.integers(FAMILIES), rng.integers(GROUPS)
            other = family if rating else (family + rng.integers(1, FAMILIES)) % FAMILIES
            near = group if rating == 2 else (group + rng.integers(1, GROUPS)) % GROUPS
            first, second = rng.choice(WORDS, size=2, replace=False)
            lines.append(f"f{family}g{group}w{first} f{other}g{near}w{second} {rating}")
        (folder / f"{name}.txt").write_text("\n".join(lines))


def gate(path, sets, folder, seeds=3):
    """Train gensim and tovec as quality.py does, on one thread; return the results."""
    needs("gensim")
    options = argparse.Namespace(dim=100, threads=1, epochs=5)
    vocabulary = write_tokens(path, folder / "tokens.txt", MIN_COUNT)
    trainers = {
        "gensim": gensim_trainer(folder / "tokens.txt", vocabulary, options),
        "tovec": tovec_trainer(path, options),
        DEFAULTS: default_trainer(path, options),
    }
    return run_all(trainers, partial(evaluate, language="english", sets=sets), seeds)


def graded_gate(folder, n_sentences):
    """Return a graded text, its sets, and the results of the gate on them."""
    text = folder / "text.txt"
    graded_text(text, n_sentences)
    graded_sets(folder / "sets")
    sets = sets_in(folder / "sets")
    return text, sets, gate(text, sets, folder)


def test_tovec_is_as_good_as_gensim_on_a_text_of_graded_words(tmp_path):
    """A fifth of the words is noise, so a recipe that learns single co-occurrences by heart fails here."""
    text, sets, results = graded_gate(tmp_path, n_sentences=4000)
    assert [row["verdict"] for row in verdicts(text, results) if row["set"] in sets] == ["as good"] * 2
    assert results["gensim"].mean("first") > 0.9, "gensim has learned nothing that could be compared"


def test_defaults_are_better_than_gensim_on_a_shorter_text_of_graded_words(tmp_path):
    """Shorter, since the best that can be learned from 4,000 sentences is what gensim has learned too."""
    text, sets, results = graded_gate(tmp_path, n_sentences=2500)
    assert [row["verdict"] for row in verdict_on_defaults(text, results, sets)] == ["as good"]
    assert all(results[DEFAULTS].mean(name) > results["gensim"].mean(name) + 0.005 for name in sets)


@pytest.mark.slow
def test_tovec_is_as_good_as_gensim_on_real_text(tmp_path):
    text, sets = shared_data("corpora/factbook.txt"), similarity_sets("english")
    results = gate(text, sets, tmp_path, seeds=2)
    assert [row["verdict"] for row in verdicts(text, results) if row["set"] in sets] == ["as good"] * 3
    assert [row["verdict"] for row in verdict_on_defaults(text, results, sets)] == ["as good"]


def test_defaults_cover_as_many_korean_pairs_as_gensim(tmp_path):
    """gensim's vocabulary has the words that occur MIN_COUNT times; its vectors do not matter."""
    lines = shared_data("corpora/korean-reviews.txt").read_text(encoding="utf-8").split("\n", 20_000)[:-1]
    text = tmp_path / "korean.txt"
    text.write_text("\n".join(lines), encoding="utf-8")
    [pairs] = similarity_sets("korean").values()
    defaults = default_trainer(text, argparse.Namespace(threads=1))(1)
    words = set(write_tokens(text, tmp_path / "tokens.txt", MIN_COUNT))
    n_of_gensim = sum(first in words and second in words for first, second, _ in pairs)
    assert similarity_score(vectors_of_tokens(defaults), pairs).n_found >= n_of_gensim > 5
