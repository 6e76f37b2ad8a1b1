"""Tables to draw from: which tokens to keep, which to take as noise."""

import numpy as np
from numpy.typing import NDArray

from tovec.text.vocabulary import Counts, Ids

NOISE_POWER = 0.75  # Mikolov et al. 2013, arXiv:1310.4546, section 2.2
ALWAYS = np.uint32(0xFFFFFFFF)
_MOST_SPANS = 4_000


def keep_probabilities(counts: Counts, sample: float) -> NDArray[np.float64]:
    """Return the chance of each token to stay in a document, (n_tokens,), in [0, 1].

    sqrt(sample / f) + sample / f with f = count / sum of counts, at most 1: the formula of
    word2vec.c (the paper's has no second term). sample 0 keeps all.
    """
    if sample == 0:
        return np.ones(len(counts))
    with np.errstate(divide="ignore"):
        ratio = sample * counts.sum() / counts
    return np.asarray(np.minimum(1.0, np.sqrt(ratio) + ratio))


def keep_thresholds(counts: Counts, sample: float) -> NDArray[np.uint32]:
    """Return `keep_probabilities` in units of 2**-32, (n_tokens,) uint32; ALWAYS stands for 1."""
    return (keep_probabilities(counts, sample) * float(ALWAYS)).astype(np.uint32)


def crowding(ids: Ids, keep: NDArray[np.float64], size: int) -> float:
    """Return how often the most frequent of `size` neighboring tokens is among as many that are kept; mean.

    keep: the chance of each token to stay. Of a long text a part is asked, always the same.
    """
    size = min(size, len(ids))
    starts = np.linspace(0, len(ids) - size, min(_MOST_SPANS, len(ids) // size)).astype(np.int64)
    spans = np.sort(ids[starts[:, np.newaxis] + np.arange(size)], axis=1)
    kept = keep[spans]
    is_first = np.ones(spans.shape, dtype=bool)
    is_first[:, 1:] = spans[:, 1:] != spans[:, :-1]
    of_tokens = np.add.reduceat(kept.ravel(), np.flatnonzero(is_first))
    of_spans = np.concatenate([[0], np.cumsum(is_first.sum(axis=1))[:-1]])
    most = np.maximum.reduceat(of_tokens, of_spans)
    return float(size * np.mean(most / kept.sum(axis=1)))


def noise_probabilities(counts: Counts) -> NDArray[np.float64]:
    """Return the chance of each token to be drawn as noise, (n_tokens,): count ** 0.75, summing to 1."""
    weights = counts.astype(np.float64) ** NOISE_POWER
    return np.asarray(weights / weights.sum())


def alias_table(probabilities: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return an alias table, (n, 2) uint32, for drawing from `probabilities` in constant time.

    Draw a row evenly; below its threshold (in units of 2**-32) it is the answer, else its alias is.
    Vose 1991, "A linear algorithm for generating random numbers with a given distribution".
    """
    n = len(probabilities)
    scaled = probabilities * n
    threshold, alias = np.ones(n), np.arange(n)
    small = list(np.flatnonzero(scaled < 1.0))
    large = list(np.flatnonzero(scaled >= 1.0))
    while small and large:
        less, more = small.pop(), large[-1]
        threshold[less], alias[less] = scaled[less], more
        scaled[more] -= 1.0 - scaled[less]
        if scaled[more] < 1.0:
            small.append(large.pop())
    return np.stack([(threshold * float(ALWAYS)).astype(np.uint32), alias.astype(np.uint32)], axis=1)
