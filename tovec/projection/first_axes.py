"""The first dimensions as they are: what is drawn is what is in the table."""

import numpy as np

from tovec.projection.points import Projection
from tovec.vectors.table import Vectors, blocks


def first_axes(vectors: Vectors, dims: int) -> Projection:
    """Return the first `dims` numbers of every row, unchanged."""
    points = np.empty((vectors.shape[0], dims), dtype=np.float32)
    for start, rows in blocks(vectors):
        points[start : start + len(rows)] = rows[:, :dims]
    return Projection(points, "none", tuple(f"dimension {axis + 1}" for axis in range(dims)))
