"""Principal components: the coordinates of the rows along the axes of largest variance."""

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter, StageReporter
from tovec.projection.points import Projection
from tovec.vectors.principal_axes import along, principal_axes
from tovec.vectors.table import Vectors

Matrix = NDArray[np.float64]


def pca(vectors: Vectors, dims: int, *, seed: int = 0, report: Reporter | None = None) -> Projection:
    """Return the coordinates of the rows along the `dims` directions of largest variance, the largest first.

    The points are centered at 0. The sign of each direction makes its largest component in absolute value,
    the first of equals, positive. If the rows vary in fewer than `dims` directions (one row, equal rows),
    the remaining axes are 0 and explain nothing. seed: of the random start for wide tables; it changes the
    result only below the tolerance. Rows must be finite.
    """
    progress = StageReporter(report)
    axes = principal_axes(vectors, dims, seed, progress)
    points = along(vectors, axes.mean, axes.directions, dims, progress)
    ratios = np.zeros(dims)
    if axes.total > 0:
        ratios[: len(axes.variances)] = (axes.variances / axes.total).clip(0.0, 1.0)
    return Projection(points, "pca", axis_names(ratios), ratios)


def axis_names(ratios: Matrix) -> tuple[str, ...]:
    """Return the name of each axis, from the share of the variance along it."""
    return tuple(map(_axis_name, range(len(ratios)), ratios))


def _axis_name(axis: int, ratio: float) -> str:
    percent = 100 * ratio
    return f"PC {axis + 1} ({percent:.{0 if percent >= 9.95 or percent < 0.05 else 1}f} % of variance)"
