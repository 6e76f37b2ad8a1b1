"""What is chosen for texts of extreme shapes trains with each objective: none diverges or is left empty."""

import numpy as np
import pytest

import tovec
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Vocabulary
from tovec.training.config import RunConfig
from tovec.training.objectives import objectives_taking
from tovec.training.recipe import Text, choices, chosen_min_count
from tovec.training.schedule import Events, Position, Schedule, run

OBJECTIVES = ["skip-gram", "cbow", "position-weighted-cbow", "glove"]


def frequent():
    """One word is 99 % of the text."""
    rng = np.random.default_rng(0)
    ids = np.where(rng.random(20_000) < 0.99, 0, rng.integers(1, 50, 20_000))
    return [" ".join(f"w{word}" for word in line) for line in ids.reshape(-1, 20)]


TEXTS = {
    "one word is 99 % of the text": frequent(),
    "all words are equally rare": [" ".join(f"w{10 * line + at}" for at in range(10)) for line in range(60)],
    "ten words": ["one two three four five six seven eight nine ten"],
    "two words, twice": ["a b", "a b"],
    "two words, once": ["a b"],
    "one word": ["a a a a a a a a a a a a a a a a a a a a"] * 30,
    "one word of each document is left": ["a b c"] * 3 + [f"a{number}" for number in range(3)],
}


@pytest.mark.parametrize(
    ("objective", "threads"),
    [(OBJECTIVES[0], 1), *((name, 2) for name in OBJECTIVES)],  # one thread differs from two for all alike
)
@pytest.mark.parametrize("shape", TEXTS)
def test_a_small_text_of_an_extreme_shape_is_trained(objective, shape, threads):
    made = tovec.train(TEXTS[shape], objective=objective, dim=8, threads=threads)
    assert np.isfinite(made.vectors).all()
    assert made.n_tokens >= 1
    assert made.provenance["tokens_in_vocabulary"] >= 0.9 * made.provenance["tokens_read"]


def many_rare_words():
    """A vocabulary of 300,000 words, each once or twice."""
    counts = np.repeat([2, 1], 150_000)
    ids = np.random.default_rng(0).permutation(np.repeat(np.arange(300_000, dtype=np.int32), counts))
    return ids, np.arange(0, len(ids) + 1, 5)


def one_long_document():
    weights = 1 / np.arange(1, 5001)
    ids = np.random.default_rng(0).choice(5000, 1_000_000, p=weights / weights.sum()).astype(np.int32)
    return ids, np.array([0, 1_000_000])


def many_short_documents():
    """A hundred thousand documents of two tokens."""
    ids = np.random.default_rng(0).integers(0, 1000, 200_000, dtype=np.int32)
    return ids, np.arange(0, 200_001, 2)


def two_words_in_many_documents():
    return np.tile(np.array([0, 1], np.int32), 100_000), np.arange(0, 200_001, 2)


def corpus_of(ids, offsets):
    counts = np.bincount(ids)
    least = chosen_min_count(counts)
    assert counts[counts >= least].sum() >= counts.sum() / 2
    tokens = [f"w{number}" for number in range(len(counts))]
    return Corpus(Vocabulary(tokens, counts), None, ids, offsets, len(ids), 0, least)


@pytest.fixture(
    scope="module",
    params=[many_rare_words, one_long_document, many_short_documents, two_words_in_many_documents],
    ids=lambda make: make.__name__,
)
def large(request):
    return corpus_of(*request.param())


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_large_text_of_an_extreme_shape_is_trained(large, objective, tmp_path):
    """The settings are those chosen for all of it; its last epoch is left to others."""
    text = Text.of(objective, large.vocabulary.counts)
    chosen = choices(text, large.min_count)
    values = {name: chosen[name].value for name in chosen if objective in objectives_taking(name)}
    config = RunConfig(objective=objective, dim=4, threads=2, **{**values, "epochs": 1})
    made = config.entry.load()(large, config, None).create(tmp_path, None)
    position = Position.start(1, made.n_steps)
    run(made, config, Schedule(made.n_steps, 1), position, Events())
    loss, n = position.losses[0]
    assert n > (1 if objective == "glove" else 500)
    assert np.isfinite(loss) and np.isfinite(made.vectors()).all()
