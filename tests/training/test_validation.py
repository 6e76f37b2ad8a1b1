import math
from collections import Counter

import numpy as np
import pytest
from texts import planted

import tovec
from tovec.errors import EmptyCorpus
from tovec.text.corpus import build_corpus
from tovec.text.in_memory import Texts
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.config import RunConfig, TrainConfig
from tovec.training.skipgram import SkipGram
from tovec.training.validation import validation_corpus

SETTINGS = {"dim": 24, "min_count": 1, "epochs": 3, "threads": 1, "sample": 0}


def corpus_of(texts, folder):
    rules = TrainConfig(min_count=1).rules
    return build_corpus(Texts(texts), tokenizer_from_name("words"), folder, rules)


def test_ids_are_those_of_the_vocabulary_and_nothing_is_added_to_it(tmp_path):
    corpus = corpus_of(["the cat sat", "the cat", "the"], tmp_path)
    validation = validation_corpus(Texts(["a cat the", "dog", "", "sat cat cow cat"]), corpus)
    assert validation.vocabulary is corpus.vocabulary
    assert validation.ids.tolist() == [1, 0, 2, 1, 1]
    assert validation.offsets.tolist() == [0, 2, 2, 5]  # an empty text is no document


@pytest.mark.parametrize("texts", [[], ["dog cow"], ["cat", "the"], [""]])
def test_text_without_two_known_tokens_in_a_document_is_refused(tmp_path, texts):
    corpus = corpus_of(["the cat sat"], tmp_path)
    with pytest.raises(EmptyCorpus, match="no document with two tokens that are in the vocabulary"):
        validation_corpus(Texts(texts), corpus)


def objective_of(folder, **settings):
    corpus = corpus_of(planted(), folder)
    validation = validation_corpus(Texts(planted(300, seed=9)), corpus)
    return SkipGram(corpus, RunConfig(**{"preset": "word2vec", **SETTINGS, **settings}), validation)


@pytest.mark.parametrize("deterministic", [False, True])
def test_measuring_held_out_text_changes_nothing(tmp_path, deterministic):
    model = objective_of(tmp_path, deterministic=deterministic)
    model.run(0, 3, lambda *told: None, lambda: False)
    before = {name: array.tobytes() for name, array in model.arrays.items()}
    assert model.validation_loss() == model.validation_loss()
    assert {name: array.tobytes() for name, array in model.arrays.items()} == before


def test_validation_loss_before_training_is_log_2_for_each_token_of_a_pair(tmp_path):
    """Outputs start at zero, so every score is 0; noise that is the center costs nothing."""
    model = objective_of(tmp_path)
    weights = model.corpus.vocabulary.counts**0.75
    collides = float(np.average(weights / weights.sum(), weights=model.corpus.vocabulary.counts))
    expected = (1 + 5 * (1 - collides)) * math.log(2)
    assert model.validation_loss() == pytest.approx(expected, rel=2e-3)


def validation_losses(threads):
    settings = {**SETTINGS, "threads": threads, "epochs": 5}
    embedding = tovec.train(planted(), validation=planted(300, seed=9), **settings)
    losses = embedding.provenance["validation_losses"]
    assert len(losses) == 5
    assert losses[-1] < losses[0] < 6 * math.log(2)
    return losses


def test_validation_loss_falls_and_two_threads_reach_that_of_one():
    """A thread that is held up in a window writes rows back as they were, some of 48: that run ends higher.

    So one of five has to reach the loss; a mistake would spoil each of them.
    """
    one = validation_losses(1)[-1]
    assert any(validation_losses(2)[-1] == pytest.approx(one, rel=0.02) for _ in range(5))


def test_validation_loss_of_unrelated_text_is_higher(tmp_path):
    """Held-out text whose words were drawn from all groups at once has nothing of what was learned."""
    rng = np.random.default_rng(4)
    words = sorted(Counter(word for text in planted() for word in text.split()))
    mixed = [" ".join(rng.choice(words, 10)) for _ in range(300)]
    alike, other = (
        tovec.train(planted(), validation=text, **SETTINGS).provenance["validation_losses"][-1]
        for text in (planted(300, seed=9), mixed)
    )
    assert other > alike + 0.5
