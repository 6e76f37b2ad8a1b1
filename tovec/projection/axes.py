"""Given axes: the first dimensions of the table, or directions between tokens that a person names.

For example, "man" to "woman" against "young" to "old".
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, TovecError
from tovec.progress import Reporter, StageReporter
from tovec.projection.points import Projection
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import Vectors, blocks

Axis = tuple[NDArray[Any], NDArray[Any], str]  # vectors it starts from, vectors it leads to, its name


def first_axes(vectors: Vectors, dims: int) -> Projection:
    """Return the first `dims` numbers of every row, unchanged."""
    points = np.empty((vectors.shape[0], dims), dtype=np.float32)
    for start, rows in blocks(vectors):
        points[start : start + len(rows)] = rows[:, :dims]
    return Projection(points, "none", tuple(f"dimension {axis + 1}" for axis in range(dims)))


def custom_axes(vectors: Vectors, axes: Sequence[Axis], *, report: Reporter | None = None) -> Projection:
    """Return the cosine of every row with each of `axes`, in [-1, 1]; 0 for a row without direction.

    axes: for each axis the vectors (m, dim) it starts from, the vectors (m, dim) it leads to, and a name,
    such as "man → woman". The direction is the mean of the latter's unit vectors minus that of the former's,
    as the gender direction of Bolukbasi et al. 2016 (arXiv:1607.06520): the length of vectors does not
    count, and what both ends share cancels out. The axes need not be orthogonal.
    Raises TovecError for an axis without direction, BadSetting for none or for vectors of another length.
    """
    if not axes:
        raise BadSetting("axes", list(axes), "at least one pair of tokens")
    progress = StageReporter(report)
    directions = np.stack([_direction(axis, vectors.shape[1]) for axis in axes])
    points = np.zeros((vectors.shape[0], len(axes)), dtype=np.float32)
    for start, rows in blocks(vectors):
        points[start : start + len(rows)] = (unit_rows(rows) @ directions.T).clip(-1.0, 1.0)
        progress.sometimes("projecting", start / len(points))
    return Projection(points, "axes", tuple(name for _, _, name in axes))


def _direction(axis: Axis, dim: int) -> NDArray[np.float64]:
    """Return the direction of `axis`, (dim,), a unit vector."""
    from_rows, to_rows, name = axis
    ends = []
    for rows in (np.asarray(from_rows), np.asarray(to_rows)):
        if rows.ndim != 2 or rows.shape[1] != dim:
            raise BadSetting(f"an end of the axis {name!r}", rows.shape, f"vectors of shape (m, {dim})")
        ends.append(unit_rows(rows).mean(axis=0) if len(rows) else np.zeros(dim))
    change = ends[1] - ends[0]
    length = float(np.linalg.norm(change))
    if length < 1e-6 or not all(end.any() for end in ends):  # float32 rows are not that near by chance
        raise TovecError(f"the axis {name!r} has no direction: its two ends need tokens that point elsewhere")
    return np.asarray(change / length)
