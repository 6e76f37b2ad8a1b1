import math
from collections import Counter

import numpy as np
import pytest
from texts import planted

import tovec
from tovec.errors import EmptyCorpus
from tovec.text.at_hand import Texts
from tovec.text.corpus import build_corpus
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.config import TrainConfig
from tovec.training.held_out import held_out_corpus
from tovec.training.skipgram import SkipGram

SETTINGS = {"dim": 24, "min_count": 1, "epochs": 3, "threads": 1, "sample": 0}


def corpus_of(texts, folder):
    rules = TrainConfig(min_count=1).rules
    return build_corpus(Texts(texts), tokenizer_from_name("words"), folder, rules)


def test_ids_are_those_of_the_vocabulary_and_nothing_is_added_to_it(tmp_path):
    corpus = corpus_of(["the cat sat", "the cat", "the"], tmp_path)
    held_out = held_out_corpus(Texts(["a cat the", "dog", "", "sat cat cow cat"]), corpus)
    assert held_out.vocabulary is corpus.vocabulary
    assert held_out.ids.tolist() == [1, 0, 2, 1, 1]
    assert held_out.offsets.tolist() == [0, 2, 2, 5]  # an empty text is no document


@pytest.mark.parametrize("texts", [[], ["dog cow"], ["cat", "the"], [""]])
def test_text_without_two_known_tokens_in_a_document_is_refused(tmp_path, texts):
    corpus = corpus_of(["the cat sat"], tmp_path)
    with pytest.raises(EmptyCorpus, match="no document with two tokens that are in the vocabulary"):
        held_out_corpus(Texts(texts), corpus)


def objective_of(folder, **settings):
    corpus = corpus_of(planted(), folder)
    held_out = held_out_corpus(Texts(planted(300, seed=9)), corpus)
    return SkipGram(corpus, TrainConfig(**{**SETTINGS, **settings}), held_out)


@pytest.mark.parametrize("deterministic", [False, True])
def test_a_look_at_held_out_text_changes_nothing(tmp_path, deterministic):
    model = objective_of(tmp_path, deterministic=deterministic)
    model.run(0, 3, lambda *told: None, lambda: False)
    before = {name: array.tobytes() for name, array in model.arrays.items()}
    assert model.validation_loss() == model.validation_loss()
    assert {name: array.tobytes() for name, array in model.arrays.items()} == before


def test_before_anything_is_learned_a_pair_costs_log_2_for_each_token(tmp_path):
    """Outputs start at zero, so every score is 0; noise that is the center costs nothing."""
    model = objective_of(tmp_path)
    weights = model.corpus.vocabulary.counts**0.75
    collides = float(np.average(weights / weights.sum(), weights=model.corpus.vocabulary.counts))
    expected = (1 + 5 * (1 - collides)) * math.log(2)
    assert model.validation_loss() == pytest.approx(expected, rel=2e-3)


def test_it_falls_and_two_threads_come_to_what_one_comes_to(tmp_path):
    ends = []
    for threads in (1, 2):
        embedding = tovec.train(
            planted(), validation=planted(300, seed=9), **{**SETTINGS, "threads": threads, "epochs": 5}
        )
        losses = embedding.provenance["validation_losses"]
        assert len(losses) == 5
        assert losses[-1] < losses[0] < 6 * math.log(2)
        ends.append(losses[-1])
    assert ends[0] == pytest.approx(ends[1], rel=0.02)


def test_text_of_another_kind_costs_more(tmp_path):
    """Held-out text whose words were drawn from all groups at once has nothing of what was learned."""
    rng = np.random.default_rng(4)
    words = sorted(Counter(word for text in planted() for word in text.split()))
    mixed = [" ".join(rng.choice(words, 10)) for _ in range(300)]
    alike, other = (
        tovec.train(planted(), validation=text, **SETTINGS).provenance["validation_losses"][-1]
        for text in (planted(300, seed=9), mixed)
    )
    assert other > alike + 0.5
