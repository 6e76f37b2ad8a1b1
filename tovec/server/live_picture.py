"""The picture of a table in training: principal axes of now, turned as the picture before was."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.projection import Points
from tovec.projection.pca import fitted_axes
from tovec.projection.points import FiniteRows
from tovec.vectors.cosine import unit_rows_float32
from tovec.vectors.principal_axes import along
from tovec.vectors.table import Rows


@dataclass(frozen=True)
class LivePicture:
    """points: (n_tokens, dims), NaN for rows without direction. axis_names: one for each axis, for people."""

    points: Points
    axis_names: tuple[str, ...]


def live_picture(rows: Rows, n_axes: int) -> LivePicture:
    """Return the directions of `rows` on the `n_axes` principal axes of all directions."""
    units = unit_rows_float32(rows)
    placed = FiniteRows(units.any(axis=1) & np.isfinite(units).all(axis=1))
    silent = StageReporter(None)
    directed = placed.table(units)
    if directed.shape[0] == 0:
        return LivePicture(np.full((len(rows), n_axes), np.nan, dtype=np.float32), ("",) * n_axes)
    axes = fitted_axes(directed, n_axes, 0, silent)
    points = along(directed, axes.mean, axes.directions, n_axes, silent)
    return LivePicture(placed.spread(points), axes.names)


def turned(picture: LivePicture, dims: int, before: Points | None) -> LivePicture:
    """Return the picture along its first `dims` axes, turned and mirrored so as to lie nearest to `before`.

    Principal axes change their order and their signs from one moment to the next, and nothing else has
    happened. (Orthogonal Procrustes; Schönemann 1966.) A turned axis has no component of its own to be named
    after.
    """
    points = picture.points[:, :dims]
    points = np.pad(points, ((0, 0), (0, dims - points.shape[1])))  # of vectors of one dimension
    if before is None:
        return LivePicture(points, picture.axis_names[:dims])
    both = np.isfinite(points[:, 0]) & np.isfinite(before[:, 0])
    rotation = _rotation(points[both].astype(np.float64), before[both].astype(np.float64))
    names = tuple(f"axis {number}" for number in range(1, dims + 1))
    return LivePicture((points @ rotation).astype(np.float32), names)


def _rotation(points: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthogonal matrix, (dims, dims), that brings `points` nearest to `onto`."""
    left, _, right = np.linalg.svd(points.T @ onto)
    return np.asarray(left @ right)
