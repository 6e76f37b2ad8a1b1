"""Bootstrap intervals of figures over word pairs: how much of a figure lies in the pairs that a set holds.

The interval is that of percentiles (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13):
each draw takes as many pairs as there are, with replacement, and the figure is computed again.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

N_DRAWS = 2000
LEVEL = 0.95
_COUNTS_AT_ONCE = 1 << 21  # 16 MB

Numbers = NDArray[np.float64]


class Interval(NamedTuple):
    """What holds 95 % of the figures over the draws; both NaN where there are none."""

    low: float
    high: float


def draws(n: int, seed: int, n_draws: int = N_DRAWS) -> Iterator[NDArray[np.int64]]:
    """Yield how often each of `n` is in each draw, (some draws, n), until there are `n_draws`.

    Equal seeds give equal draws, so that two figures over the same pairs can be compared draw by draw.
    """
    generator = np.random.default_rng(seed)
    step = max(1, _COUNTS_AT_ONCE // max(n, 1))
    for start in range(0, n_draws, step):
        yield generator.multinomial(n, np.full(n, 1 / n), size=min(step, n_draws - start))


def interval(figures: Numbers) -> Interval:
    """Return the interval of the figures over the draws; a draw in which there is none is left out."""
    figures = figures[~np.isnan(figures)]
    if not len(figures):
        return Interval(np.nan, np.nan)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(figures, (tail, 1 - tail))
    return Interval(float(low), float(high))


def spearman_of_draws(a: Numbers, b: Numbers, counts: NDArray[np.int64]) -> Numbers:
    """Return Spearman's correlation in each draw, (n_draws,); NaN where all values of one side are equal.

    a, b: (n,). counts: (n_draws, n), how often each pair is in a draw. Equal values share their mean rank.
    """
    n = counts.sum(axis=1)
    center = (n[:, None] + 1) / 2
    ranks_a, ranks_b = _ranks(a, counts) - center, _ranks(b, counts) - center
    products = (counts * ranks_a * ranks_b).sum(axis=1)
    squares = (counts * ranks_a**2).sum(axis=1) * (counts * ranks_b**2).sum(axis=1)
    correlations: Numbers = np.divide(
        products, np.sqrt(squares), out=np.full(len(n), np.nan), where=squares > 0
    )
    return correlations


def _ranks(values: Numbers, counts: NDArray[np.int64]) -> Numbers:
    """Return the mean rank of each value in each draw, (n_draws, n); of absent ones it does not matter."""
    _, places = np.unique(values, return_inverse=True)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    of_value = np.add.reduceat(counts[:, order], starts, axis=1)
    ranks: Numbers = (np.cumsum(of_value, axis=1) - (of_value - 1) / 2)[:, places]
    return ranks
