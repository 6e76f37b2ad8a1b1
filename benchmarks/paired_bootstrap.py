"""How much of a difference between two trainers lies in the word pairs that the sets happen to hold."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from evaluation import spearman
from numpy.typing import NDArray

N_RESAMPLES = 2000
LEVEL = 0.95

Numbers = NDArray[np.float64]
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
    return float(np.mean([_covered_spearman(run[name], ratings[name]) for run in runs for name in ratings]))


def paired_difference(
    first: Sequence[ScoredPairs],
    second: Sequence[ScoredPairs],
    ratings: ScoredPairs,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Difference:
    """Return the mean of `first` less that of `second`, and its paired bootstrap interval of 95 %.

    The interval is that of percentiles (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter
    13). Each resample draws, within each set, as many of its pairs as it has, with replacement; all runs of
    both sides are scored on the same draw, and scores are averaged over sets and runs. So the interval is
    that of other pairs of the same kind, not that of other seeds, of which there are too few to resample. A
    draw in which a correlation does not exist (all values of a tiny set equal) is left out.
    """
    generator = np.random.default_rng(seed)
    differences = np.empty(n_resamples)
    with np.errstate(invalid="ignore", divide="ignore"):
        for number in range(n_resamples):
            drawn = {name: generator.integers(len(each), size=len(each)) for name, each in ratings.items()}
            drawn_ratings = _take(ratings, drawn)
            differences[number] = mean_over_sets([_take(run, drawn) for run in first], drawn_ratings)
            differences[number] -= mean_over_sets([_take(run, drawn) for run in second], drawn_ratings)
        value = mean_over_sets(first, ratings) - mean_over_sets(second, ratings)
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(differences, (tail, 1 - tail))
    return Difference(value, float(low), float(high))


def _take(values: ScoredPairs, drawn: Mapping[str, NDArray[np.int64]]) -> ScoredPairs:
    return {name: values[name][places] for name, places in drawn.items()}


def _covered_spearman(cosines: Numbers, ratings: Numbers) -> float:
    covered = ~np.isnan(cosines)
    return spearman(cosines[covered], ratings[covered])
