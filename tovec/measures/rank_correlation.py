"""Spearman's rank correlation (Spearman 1904), with the mean rank for ties."""

import numpy as np
from numpy.typing import NDArray


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value, (n,), from 0; equal values share the mean of their ranks."""
    _, places, n_equal = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(n_equal)
    means: NDArray[np.float64] = (last - (n_equal + 1) / 2)[places]
    return means


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the rank correlation of two series, in [-1, 1]; NaN where one does not vary or has no pair."""
    if len(a) < 2:
        return float("nan")
    x, y = ranks(a), ranks(b)
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else float("nan")
