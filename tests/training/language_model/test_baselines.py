"""What counting reaches: probabilities add up to 1, and are those of a slow implementation."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary
from tovec.training.language_model.baselines import DISCOUNT, Validation, baselines, bytes_of_target
from tovec.training.language_model.stream import Stream

N_TOKENS = 5
texts = st.lists(st.integers(0, N_TOKENS - 1), min_size=1, max_size=30)


def stream_of(ids):
    return Stream(np.array(ids, dtype=np.int32), 0)


def bigram_losses(ids):
    """Interpolated Kneser-Ney by dictionaries (Chen and Goodman 1999, eq. 21): {(before, after): loss}."""
    pairs = Counter(zip(ids, ids[1:] + ids[:1], strict=True))
    different = Counter(after for _, after in pairs)
    losses = {}
    for before in range(N_TOKENS):
        followers = {after: n for (first, after), n in pairs.items() if first == before}
        for after in range(N_TOKENS):
            lower = max(different[after] - DISCOUNT, 0) + DISCOUNT * len(different) / N_TOKENS
            lower /= len(pairs)
            probability = lower
            if followers:
                total = sum(followers.values())
                kept = max(followers.get(after, 0) - DISCOUNT, 0) / total
                probability = kept + DISCOUNT * len(followers) / total * lower
            losses[before, after] = -math.log(probability)
    return losses


@given(texts, texts)
def test_pairs_are_those_of_dictionaries_and_single_tokens_those_of_laplace(ids, held_out):
    found = baselines(stream_of(ids), stream_of(held_out), N_TOKENS)
    losses, counts = bigram_losses(ids), Counter(ids)
    pairs = list(zip(held_out, held_out[1:] + held_out[:1], strict=True))
    assert found.bigram == pytest.approx(sum(losses[pair] for pair in pairs) / len(pairs))
    single = [-math.log((counts[token] + 1) / (len(ids) + N_TOKENS)) for token in held_out]
    assert found.unigram == pytest.approx(sum(single) / len(single))


@given(texts)
def test_probabilities_after_a_token_add_up_to_one(ids):
    losses = bigram_losses(ids)
    for before in range(N_TOKENS):
        assert sum(math.exp(-losses[before, after]) for after in range(N_TOKENS)) == pytest.approx(1)


def test_bits_for_each_byte_are_of_the_text_without_its_ends():
    vocabulary = Vocabulary(["a", "Ġbc", "<|end|>"], spelling=Spelling.BYTE_LEVEL, special=[2])
    n_bytes = bytes_of_target(stream_of([2, 0, 1]), vocabulary)
    assert n_bytes == pytest.approx((0 + 1 + 3) / 3)
    facts = Validation(baselines(stream_of([2, 0, 1]), stream_of([2, 0, 1]), 3), n_bytes).facts(math.log(2))
    assert facts["perplexity"] == pytest.approx(2)
    assert facts["bits_per_byte"] == pytest.approx(1 / n_bytes)


def test_words_say_nothing_of_bytes():
    assert bytes_of_target(stream_of([0]), Vocabulary(["a"])) is None
