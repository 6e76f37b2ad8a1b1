"""Which words to draw: words with content rather than words of grammar."""

import numpy as np

from tovec.embedding import Embedding

SHORTEST = 3  # characters; shorter words are usually grammar or single letters
FEWEST = 100  # tokens needed to fit a trend


def content_words(embedding: Embedding, among: int = 700) -> list[str]:
    """Return the content words among the `among` most frequent tokens, in the order of the vocabulary.

    Function words occur in all contexts, which pull their vectors in different directions, so their vectors
    are shorter than those of other words of the same frequency (Schakel and Wilson 2015, arXiv:1508.02297).
    Words longer than the trend of vector length over log count are returned. Without counts, or with fewer
    than FEWEST tokens, all are.
    """
    counts = embedding.vocabulary.counts
    if counts is None or len(embedding) < FEWEST:
        return list(embedding.vocabulary.tokens[:among])
    names = embedding.vocabulary.tokens[:among]
    log_counts = np.log(np.maximum(counts[: len(names)], 1))
    lengths = np.linalg.norm(embedding[: len(names)], axis=1)
    is_long = lengths > np.polyval(np.polyfit(log_counts, lengths, 2), log_counts)
    return [
        name
        for name, long in zip(names, is_long, strict=True)
        if long and len(name) >= SHORTEST and name.isalpha()
    ]
