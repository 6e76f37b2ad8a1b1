"""What the vectors of texts have in common: the directions along which they are longest.

Arora, Liang and Ma 2017 (ICLR) subtract from each what lies along the first singular vector of all; the mean
is not subtracted.
"""

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting
from tovec.vectors.table import BLOCK_NUMBERS, Rows

_NOISE = 1e-10  # of the largest squared singular value; what is smaller is rounding


def first_directions(vectors: Rows, n: int) -> NDArray[np.float64]:
    """Return the first `n` right singular vectors of the vectors of texts, (n, dim), in float64.

    Vectors with NaN or infinity do not count.
    Raises BadSetting about `remove_components` where so many leave nothing of the vectors.
    """
    dim = vectors.shape[1]
    if n == 0:
        return np.empty((0, dim))
    products = np.zeros((dim, dim))
    step = max(1, BLOCK_NUMBERS // dim)
    for start in range(0, len(vectors), step):
        block = vectors[start : start + step].astype(np.float64)
        block = block[np.isfinite(block).all(axis=1)]
        products += block.T @ block
    squares, directions = np.linalg.eigh(products)
    n_directions = int((squares > _NOISE * squares[-1]).sum()) if squares[-1] > 0 else 0
    if n >= n_directions:
        few = f"below {n_directions}, the number of directions in which these texts lie"
        none = "0 for these texts, none of which has a vector"
        raise BadSetting("remove_components", n, few if n_directions else none)
    return directions[:, ::-1][:, :n].T.copy()


def without_directions(vectors: Rows, directions: NDArray[np.float64]) -> Rows:
    """Return the vectors without what lies along `directions`, (n, dim), as float32; zeros stay zeros."""
    if not len(directions):
        return vectors
    left = np.empty_like(vectors)
    step = max(1, BLOCK_NUMBERS // vectors.shape[1])
    for start in range(0, len(vectors), step):
        block = vectors[start : start + step].astype(np.float64)
        with np.errstate(invalid="ignore"):  # NaN and infinity stay what they are
            left[start : start + step] = block - (block @ directions.T) @ directions
    return left
