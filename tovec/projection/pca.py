"""Principal components (Pearson 1901; Hotelling 1933), exact, in blocks of rows.

The table is read block by block and never copied whole, so it may be larger than memory. Sums are in
float64. Nothing is scaled: a dimension that varies more counts for more.
"""

import numpy as np
from numpy.typing import NDArray

from tovec.nearest import Vectors, blocks
from tovec.projection.points import Projection

Matrix = NDArray[np.float64]


def pca(vectors: Vectors, dims: int) -> Projection:
    """Return the rows along the `dims` directions in which they vary most, the most first.

    The points are centered on 0. Each direction is signed so that its largest component in absolute
    value, the first of equals, is positive. Where the rows vary in fewer than `dims` directions (one
    row, equal rows), the axes left over are 0 and explain nothing.
    """
    mean = _mean(vectors)
    variances, directions = _directions(vectors, mean)
    basis = _signed(directions[:dims])
    points = np.zeros((vectors.shape[0], dims), dtype=np.float32)
    for start, rows in blocks(vectors):
        points[start : start + len(rows), : len(basis)] = (rows - mean) @ basis.T
    ratios = np.zeros(dims)
    if variances.sum() > 0:
        ratios[: len(basis)] = variances[:dims] / variances.sum()
    return Projection(points, "pca", tuple(map(_axis_name, range(dims), ratios)), ratios)


def _mean(vectors: Vectors) -> Matrix:
    """Return the mean row, (dim,); of equal rows exactly that row, so that they have no variance at all."""
    first = np.asarray(vectors[0:1], dtype=np.float64)[0]
    total = np.zeros(vectors.shape[1])
    for _, rows in blocks(vectors):
        total += (rows - first).sum(axis=0)
    return np.asarray(first + total / vectors.shape[0])


def _directions(vectors: Vectors, mean: Matrix) -> tuple[Matrix, Matrix]:
    """Return the variances (times n_rows), the largest first, and their directions, one a row.

    Fewer rows than columns have no more directions than rows, and then the covariance, dim × dim,
    would be the larger matrix.
    """
    n_rows, dim = vectors.shape
    if n_rows <= dim:
        centered = np.asarray(vectors[0:n_rows], dtype=np.float64) - mean
        _, spread, directions = np.linalg.svd(centered, full_matrices=False)
        return spread**2, directions
    variances, columns = np.linalg.eigh(_covariance(vectors, mean))
    return np.maximum(variances[::-1], 0.0), columns[:, ::-1].T


def _covariance(vectors: Vectors, mean: Matrix) -> Matrix:
    """Return the covariance of the columns times n_rows, (dim, dim)."""
    total = np.zeros((len(mean), len(mean)))
    for _, rows in blocks(vectors):
        centered = rows - mean
        total += centered.T @ centered
    return total


def _signed(directions: Matrix) -> Matrix:
    """Return the directions with their largest components positive; both signs are the same axis."""
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return np.asarray(directions * signs[:, None])


def _axis_name(axis: int, ratio: float) -> str:
    percent = 100 * ratio
    return f"PC {axis + 1} ({percent:.{0 if percent >= 9.95 or percent < 0.05 else 1}f} % of variance)"
