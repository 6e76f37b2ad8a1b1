"""Inner loop of rows that are means of rows; its slow twin is `slow_means` of fasttext_rows.py.

Compiled by numba; no checks, no allocation.
"""

import numpy as np

from tovec.compiled import compiled


@compiled()
def mean_rows(rows, ids, bounds, means):
    """Set means[i] to the mean of the rows ids[bounds[i]:bounds[i + 1]], at least one.

    rows: (n_rows, dim) float32. ids: int64. bounds: (n + 1,) int64. means: (n, dim) float32. Sums are
    float32, from left to right, and multiplied by 1 / n, as in fastText, so they are its very numbers.
    """
    for i in range(means.shape[0]):
        for d in range(means.shape[1]):
            means[i, d] = 0.0
        for n in range(bounds[i], bounds[i + 1]):
            row = ids[n]
            for d in range(means.shape[1]):
                means[i, d] += rows[row, d]
        part = np.float32(1.0 / (bounds[i + 1] - bounds[i]))
        for d in range(means.shape[1]):
            means[i, d] *= part
