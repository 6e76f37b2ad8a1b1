"""Principal components: the rows along the axes in which they vary most."""

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Report, Reporter
from tovec.projection.points import Projection
from tovec.vectors.principal_axes import along, principal_axes
from tovec.vectors.table import Vectors

Matrix = NDArray[np.float64]


def pca(vectors: Vectors, dims: int, *, seed: int = 0, report: Report | None = None) -> Projection:
    """Return the rows along the `dims` directions in which they vary most, the most first.

    The points are centered on 0. Each direction is signed so that its largest component in absolute
    value, the first of equals, is positive. Where the rows vary in fewer than `dims` directions (one
    row, equal rows), the axes left over are 0 and explain nothing. seed: of the random start of wide
    tables; it shows only below the tolerance. Rows must be finite.
    """
    told = Reporter(report)
    axes = principal_axes(vectors, dims, seed, told)
    points = along(vectors, axes.mean, axes.directions, dims, told)
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
