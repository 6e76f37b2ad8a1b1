"""How much of a difference between two trainers lies in the word pairs that the sets happen to hold."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.measures.bootstrap import N_DRAWS, Numbers, draws, interval, spearman_of_draws

ScoredPairs = Mapping[str, Numbers]  # by set, a number for each of its pairs


class Difference(NamedTuple):
    """A difference of two means over sets and seeds, and the interval that holds it."""

    value: float
    low: float
    high: float


def mean_over_sets(runs: Sequence[ScoredPairs], ratings: ScoredPairs) -> float:
    """Return the mean, over sets and runs, of Spearman's correlation of cosines with ratings.

    runs: the cosines of each run (seed), in the order of `ratings`; NaN where a word has no vector, and such
    pairs are left out of that run's correlation.
    """
    once = {name: np.ones((1, len(each)), dtype=np.int64) for name, each in ratings.items()}
    return float(_means(runs, ratings, once)[0])


def paired_difference(
    first: Sequence[ScoredPairs],
    second: Sequence[ScoredPairs],
    ratings: ScoredPairs,
    n_resamples: int = N_DRAWS,
    seed: int = 0,
) -> Difference:
    """Return the mean of `first` less that of `second`, and its paired bootstrap interval of 95 %.

    The interval is that of percentiles (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter
    13). Each resample draws, within each set, as many of its pairs as it has, with replacement; all runs of
    both sides are scored on the same draw, and scores are averaged over sets and runs. So the interval is
    that of other pairs of the same kind, not that of other seeds, of which there are too few to resample. A
    draw in which a correlation does not exist (all values of a tiny set equal) is left out.
    """
    drawn = {
        name: np.concatenate([*draws(len(each), seed + number, n_resamples)])
        for number, (name, each) in enumerate(ratings.items())
    }
    low, high = interval(_means(first, ratings, drawn) - _means(second, ratings, drawn))
    return Difference(mean_over_sets(first, ratings) - mean_over_sets(second, ratings), low, high)


def _means(
    runs: Sequence[ScoredPairs], ratings: ScoredPairs, counts: Mapping[str, NDArray[np.int64]]
) -> Numbers:
    """Return the mean over sets and runs in each draw. counts: (n_draws, n_pairs) of each set."""
    correlations = [
        spearman_of_draws(run[name][covered], ratings[name][covered], counts[name][:, covered])
        for run in runs
        for name in ratings
        for covered in [~np.isnan(run[name])]
    ]
    mean: Numbers = np.mean(correlations, axis=0)
    return mean
