"""Texts in which the same few tokens come again and again: sampling.crowding, and how threads go in step."""

import numpy as np
import pytest
from texts import planted

import tovec
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Vocabulary
from tovec.training.config import RunConfig
from tovec.training.negative_sampling import BATCH, CROWDED
from tovec.training.sampling import crowding
from tovec.training.skipgram import CENTERS, SkipGram

OBJECTIVES = ["skip-gram", "cbow", "position-weighted-cbow"]


def pairs_of_their_own():
    """Documents of two tokens each, that no other has: all together are many, and each is alone with one."""
    rng = np.random.default_rng(0)
    return [" ".join(f"g{group}w{word}" for word in rng.integers(2, size=50)) for group in range(200)] * 2


CROWDS = {
    "the README's": ["the cat sat on the mat", "the dog sat on the log"] * 50,
    "a few words of one topic": planted(200, n_groups=10, per_group=4),
    "four words": [f"{animal} {verb}" for animal in ("cat", "dog") for verb in ("runs", "sleeps")] * 30,
    "one sentence": ["the cat sat on the mat"] * 100,
    "letters": [" ".join(f"word{number}") for number in range(600)],
    "pairs of their own": pairs_of_their_own(),
}


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("crowd", CROWDS)
def test_threads_in_step_learn_a_crowded_text_as_one_free_thread_does(crowd, objective):
    """Of 32 windows that all learn from the same vectors, each would do the whole work: the run diverged."""
    how = {"objective": objective, "dim": 20}
    in_step = tovec.train(CROWDS[crowd], deterministic=True, threads=2, **how)
    free = tovec.train(CROWDS[crowd], threads=1, **how)
    losses = [made.provenance["losses"][-1] for made in (in_step, free)]
    assert losses[0] == pytest.approx(losses[1], rel=0.02, abs=0.01)
    one = tovec.train(CROWDS[crowd], deterministic=True, threads=1, **how)
    assert one.vectors.tobytes() == in_step.vectors.tobytes()


@pytest.mark.parametrize("seed", range(10))
def test_the_readme_s_text_is_learned_with_the_same_bytes_on_any_number_of_threads(seed):
    embedding = tovec.train(CROWDS["the README's"], dim=20, deterministic=True, seed=seed)
    assert embedding.neighbors("cat", 1)[0].token == "dog"


@pytest.mark.parametrize(
    ("ids", "keep", "size", "expected"),
    [
        ([0, 0, 0, 0], [1.0], 4, 4),
        ([0, 1, 2, 3], [1.0] * 4, 4, 1),
        ([0, 1, 0, 2], [1.0] * 3, 4, 2),
        ([0, 0, 0, 0, 1, 2, 3, 4], [1.0] * 5, 4, 2.5),  # the mean of 4 and 1
        ([0, 0, 0, 1], [1 / 3, 1.0], 4, 2),  # of two that are kept one, and so of four two
        ([0, 1], [1.0, 1.0], 32, 1),  # a text shorter than that
    ],
)
def test_crowding_is_the_mean_of_the_most_frequent_among_neighbors(ids, keep, size, expected):
    assert crowding(np.array(ids, dtype=np.int32), np.array(keep), size) == pytest.approx(expected)


def zipf(n_ids, n_tokens):
    weights = 1 / np.arange(1, n_tokens + 1)
    return np.random.default_rng(0).choice(n_tokens, n_ids, p=weights / weights.sum()).astype(np.int32)


def model_of(ids, **how):
    counts = np.bincount(ids)
    vocabulary = Vocabulary([f"w{number}" for number in range(len(counts))], counts)
    corpus = Corpus(vocabulary, None, ids, np.array([0, len(ids)]), len(ids), 0)
    return SkipGram(corpus, RunConfig(preset="word2vec", dim=8, **how))


def test_only_crowded_texts_lose_the_speed_of_many_windows_at_once():
    words, few = zipf(100_000, 5_000), np.tile(np.arange(6, dtype=np.int32), 10_000)
    keep_all = [np.ones(5_000), np.ones(6)]
    assert crowding(words, keep_all[0], BATCH) < CROWDED < crowding(few, keep_all[1], BATCH)
    assert model_of(words, deterministic=True).batch == BATCH // CENTERS
    assert model_of(few, deterministic=True).batch == 1
