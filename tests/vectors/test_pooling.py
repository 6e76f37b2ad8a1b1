"""Vectors of texts are means of the vectors of their tokens, however the texts are grouped."""

import numpy as np
import pytest

from tovec.text.ngrams import NgramRule
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.pooling import means_of_tokens

VOCABULARY = Vocabulary(["cat", "dog", "<unk>"], unknown="<unk>")
ROWS = np.array([[1, 0], [3, 4], [9, 9]], np.float32)


@pytest.mark.parametrize("numbers", [1, 4, 1 << 21])
def test_mean_counts_known_tokens_only_and_a_text_without_any_is_zeros(numbers, monkeypatch):
    monkeypatch.setattr("tovec.vectors.pooling.BLOCK_NUMBERS", numbers)
    texts = [["cat", "dog", "cow"], [], ["dog"], ["cow"], ["cat", "cat", "dog"]]
    found = means_of_tokens(texts, VOCABULARY, ROWS, None)
    np.testing.assert_allclose(found, [[2, 2], [0, 0], [3, 4], [0, 0], [5 / 3, 4 / 3]], rtol=1e-6)
    assert found.dtype == np.float32


def test_no_texts_give_no_rows():
    assert means_of_tokens([], VOCABULARY, ROWS, None).shape == (0, 2)


def test_unknown_tokens_with_ngrams_count_with_their_own_vector():
    rule = NgramRule(3, 3, buckets=10)
    table = NgramTable(rule, np.arange(20, dtype=np.float32).reshape(10, 2))
    found = means_of_tokens([["cat", "cows"]], VOCABULARY, ROWS, table)
    np.testing.assert_allclose(found[0], (ROWS[0] + table.vector("cows")) / 2, rtol=1e-6)
