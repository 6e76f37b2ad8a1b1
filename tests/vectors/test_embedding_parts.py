"""The parts of an embedding fit each other, or are refused. Lookup is tested in tests/test_embedding.py."""

import numpy as np
import pytest

from tovec.errors import TovecError
from tovec.text.ngrams import NgramRule
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.ngram_table import NgramTable

TWO = Vocabulary(["cat", "dog"])


def test_lists_become_a_table_and_sizes_are_known():
    parts = EmbeddingParts(TWO, [[1, 2, 3], [4, 5, 6]])
    assert (parts.n_tokens, parts.dim, parts.vectors.dtype) == (2, 3, np.float32)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vectors": np.ones((3, 2))}, "2 tokens need as many rows of vectors, not 3"),
        (
            {"outputs": np.ones((2, 3))},
            r"output vectors have the shape of the vectors, \(2, 2\), not \(2, 3\)",
        ),
        (
            {"ngrams": NgramTable(NgramRule(3, 3, buckets=4), np.ones((4, 5)))},
            "vectors of 2 numbers need n-grams of as many, not of 5",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(given, message):
    with pytest.raises(TovecError, match=message):
        EmbeddingParts(**{"vocabulary": TWO, "vectors": np.ones((2, 2)), **given})
