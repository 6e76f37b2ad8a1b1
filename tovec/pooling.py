"""The vectors of tokens to one vector of a text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tovec.nearest import Rows, Vectors
from tovec.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tovec.ngram_table import NgramTable


def mean_of_tokens(
    tokens: Sequence[str], vocabulary: Vocabulary, vectors: Vectors, ngrams: "NgramTable | None"
) -> Rows:
    """Return the mean of the vectors of `tokens`, (dim,) float32; zeros where none has one.

    As model2vec's `encode`: a token that is not in the vocabulary does not count, nor does the unknown
    token in its place. With n-grams it has a vector from those, and counts.
    """
    ids = vocabulary.known_ids(tokens)
    if vocabulary.unknown is not None:
        ids = ids[ids != vocabulary.id(vocabulary.unknown)]
    rows = [np.asarray(vectors[ids], dtype=np.float32)]
    if ngrams is not None:
        made = [ngrams.vector(token) for token in tokens if token not in vocabulary]
        rows.extend(vector[None] for vector in made if vector is not None)
    total = sum(part.sum(axis=0, dtype=np.float64) for part in rows)
    mean: Rows = (total / max(1, sum(map(len, rows)))).astype(np.float32)
    return mean
