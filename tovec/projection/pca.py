"""Principal components: the coordinates of the rows along the axes of largest variance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Reporter, StageReporter
from tovec.projection.points import Projection
from tovec.vectors.principal_axes import along, principal_axes
from tovec.vectors.table import Vectors

Matrix = NDArray[np.float64]


class FittedAxes(NamedTuple):
    """What the axes start from, (dim,), their directions, (dims, dim), and what is said of each.

    ratios: (dims,), the share of the variance along each. names: for people.
    """

    mean: Matrix
    directions: Matrix
    ratios: Matrix
    names: tuple[str, ...]


def pca(
    vectors: Vectors,
    dims: int,
    *,
    seed: int = 0,
    report: Reporter | None = None,
    components: Sequence[int] = (),
) -> Projection:
    """Return the coordinates of the rows along the `dims` directions of largest variance, the largest first.

    components: which directions instead, counted from 1, one for each of the `dims`. The points are centered
    at 0. The sign of each direction makes its largest component in absolute value, the first of equals,
    positive. Where the rows do not vary in so many directions (one row, equal rows), the axes are 0 and
    explain nothing. seed: of the random start for wide tables; it changes the result only below the
    tolerance. Rows must be finite.
    """
    progress = StageReporter(report)
    found = fitted_axes(vectors, dims, seed, progress, components)
    points = along(vectors, found.mean, found.directions, dims, progress)
    return Projection(points, "pca", found.names, found.ratios)


def fitted_axes(
    vectors: Vectors, dims: int, seed: int, progress: StageReporter, components: Sequence[int] = ()
) -> FittedAxes:
    """Return the axes that `pca` projects on."""
    numbers = tuple(components) or tuple(range(1, dims + 1))
    axes = principal_axes(vectors, max(numbers), seed, progress)
    chosen = np.array(numbers) - 1
    directions = np.zeros((max(numbers), vectors.shape[1]))
    directions[: len(axes.directions)] = axes.directions
    ratios = np.zeros(max(numbers))
    if axes.total > 0:
        ratios[: len(axes.variances)] = (axes.variances / axes.total).clip(0.0, 1.0)
    return FittedAxes(axes.mean, directions[chosen], ratios[chosen], axis_names(ratios[chosen], numbers))


def axis_names(ratios: Matrix, components: Sequence[int] = ()) -> tuple[str, ...]:
    """Return the name of each axis, from its share of the variance; without `components`, of the first."""
    return tuple(map(_axis_name, components or range(1, len(ratios) + 1), ratios))


def _axis_name(component: int, ratio: float) -> str:
    percent = 100 * ratio
    return f"PC {component} ({percent:.{0 if percent >= 9.95 or percent < 0.05 else 1}f} % of variance)"
