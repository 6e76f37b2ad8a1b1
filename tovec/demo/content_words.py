"""Which tokens make a picture worth reading."""

import numpy as np

from tovec.embedding import Embedding

SHORTEST = 3  # characters; shorter words are grammar or single letters, as a rule
FEWEST = 100  # tokens from which a trend can be told


def telling_tokens(embedding: Embedding, among: int = 700) -> list[str]:
    """Return the words among the most frequent tokens that say something, in the order of the vocabulary.

    Words of grammar stand in all contexts, which pull their vectors this way and that: among words
    as frequent, they have the shorter ones (Schakel and Wilson 2015, arXiv:1508.02297). Kept are
    words longer than the trend of length over the logarithm of the count. Without counts, or with
    fewer than FEWEST tokens, all are returned.
    """
    counts = embedding.vocabulary.counts
    if counts is None or len(embedding) < FEWEST:
        return list(embedding.vocabulary.tokens[:among])
    names = embedding.vocabulary.tokens[:among]
    frequency = np.log(np.maximum(counts[: len(names)], 1))
    lengths = np.linalg.norm(embedding[: len(names)], axis=1)
    telling = lengths > np.polyval(np.polyfit(frequency, lengths, 2), frequency)
    return [
        name
        for name, tells in zip(names, telling, strict=True)
        if tells and len(name) >= SHORTEST and name.isalpha()
    ]
