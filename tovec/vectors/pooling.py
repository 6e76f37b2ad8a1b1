"""From the vectors of the tokens of a text to one vector of the text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tovec.text.vocabulary import Ids, Vocabulary
from tovec.vectors.table import BLOCK_NUMBERS, Rows, Vectors

if TYPE_CHECKING:
    from tovec.vectors.ngram_table import NgramTable

_Text = tuple[Sequence[str], Ids]
_MOST_TEXTS = 1024  # at a time


def means_of_tokens(
    texts: Iterable[Sequence[str]], vocabulary: Vocabulary, vectors: Vectors, ngrams: "NgramTable | None"
) -> Rows:
    """Return the mean of the vectors of the tokens of each text, (n_texts, dim) float32; zeros without one.

    As model2vec's `encode`: a token that is not in the vocabulary does not count, nor does the unknown
    token in its place. With n-grams it has a vector from those, and counts.
    """
    means = [np.empty((0, vectors.shape[1]), dtype=np.float32)]
    for group in _groups(texts, vocabulary, max(1, BLOCK_NUMBERS // vectors.shape[1])):
        rows = np.asarray(vectors[np.concatenate([ids for _, ids in group])], dtype=np.float32)
        bounds = np.cumsum([len(ids) for _, ids in group])[:-1]
        for (tokens, _), own in zip(group, np.split(rows, bounds), strict=True):
            means.append(_mean(tokens, own, vocabulary, ngrams)[None])
    return np.concatenate(means)


def _groups(texts: Iterable[Sequence[str]], vocabulary: Vocabulary, n_rows: int) -> Iterator[list[_Text]]:
    """Yield texts with their ids, some at a time: rows of a file are read faster together than one by one."""
    group: list[_Text] = []
    n_ids = 0
    for tokens in texts:
        ids = vocabulary.known_ids(tokens)
        if vocabulary.unknown is not None:
            ids = ids[ids != vocabulary.id(vocabulary.unknown)]
        group.append((tokens, ids))
        n_ids += len(ids)
        if n_ids >= n_rows or len(group) == _MOST_TEXTS:
            yield group
            group, n_ids = [], 0
    if group:
        yield group


def _mean(tokens: Sequence[str], own: Rows, vocabulary: Vocabulary, ngrams: "NgramTable | None") -> Rows:
    parts = [own]
    if ngrams is not None:
        made = [ngrams.vector(token) for token in tokens if token not in vocabulary]
        parts.extend(vector[None] for vector in made if vector is not None)
    total = sum(part.sum(axis=0, dtype=np.float64) for part in parts)
    mean: Rows = (total / max(1, sum(map(len, parts)))).astype(np.float32)
    return mean
