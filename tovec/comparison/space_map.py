"""The map that brings one table into the space of another: orthogonal, with a shift where it is centered."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.anchors import Anchors, frequent_rows
from tovec.embedding import Embedding
from tovec.progress import StageReporter
from tovec.search.across import mutual_nearest
from tovec.vectors.cosine import unit_rows
from tovec.vectors.derived import DerivedTable, MappedTable
from tovec.vectors.orthogonal import map_onto
from tovec.vectors.table import Ids, Vectors, blocks

REFINED_ROWS = 10_000  # the most frequent ones, which are compared to refine a map, as in MUSE

Matrix = NDArray[np.float64]


class SpaceMap(NamedTuple):
    """How rows of the first table become rows in the space of the second: (row - mean_a) @ map + mean_b.

    map: (dim, dim of the second), with orthonormal rows, or columns where the first has more dimensions.
    mean_a, mean_b: None unless centered. scale: how much longer rows of the second table are; `mean_b` is the
    mean of these divided by it, so that rows keep the lengths of the first.
    """

    map: Matrix
    mean_a: Matrix | None
    mean_b: Matrix | None
    scale: float

    @property
    def shift(self) -> Matrix | None:
        """What is added to a row times the map."""
        if self.mean_a is None or self.mean_b is None:
            return None
        return np.asarray(self.mean_b - self.mean_a @ self.map)

    def of_tokens(self, vectors: Vectors) -> MappedTable:
        """Return the rows of tokens in the other space, made on demand; rows of zeros stay zeros."""
        return MappedTable(vectors, self.map, self.shift, keeps_zeros=True)

    def of_parts(self, vectors: Vectors) -> MappedTable:
        """Return rows of which tokens are means, as those of n-grams: then means are mapped alike."""
        return MappedTable(vectors, self.map, self.shift)


def fitted_map(
    a: Embedding,
    b: Embedding,
    anchors: Anchors,
    rows_a: Ids,
    rows_b: Ids,
    center: bool,
    progress: StageReporter,
) -> SpaceMap:
    """Return the map fitted on these pairs; means and lengths are those of the frequent rows."""
    mean_a, size_a = _mean_and_size(a.vectors, rows_a, center)
    mean_b, size_b = _mean_and_size(b.vectors, rows_b, center)
    centers = (mean_a, mean_b) if center else None
    matrix = map_onto(a.vectors, b.vectors, anchors.ids_a, anchors.ids_b, progress, centers)
    scale = size_b / size_a if size_a > 0 and size_b > 0 else 1.0
    return SpaceMap(matrix, mean_a if center else None, mean_b / scale if center else None, scale)


def _mean_and_size(vectors: Vectors, rows: Ids, center: bool) -> tuple[Matrix, float]:
    """Return the mean of some rows that have a direction, (dim,), and their root mean square length.

    center: whether lengths are those around the mean.
    """
    total, squares, n = np.zeros(vectors.shape[1]), 0.0, 0
    for _, part in blocks(DerivedTable(vectors, len(rows), rows)):
        numbers = part[np.isfinite(part).all(axis=1) & part.any(axis=1)].astype(np.float64)
        total += numbers.sum(axis=0)
        squares += float(np.einsum("ij,ij->", numbers, numbers))
        n += len(numbers)
    mean = total / max(1, n)
    mean_square = squares / max(1, n) - (float(mean @ mean) if center else 0.0)
    return mean, math.sqrt(max(0.0, mean_square))


def refined_map(a: Embedding, b: Embedding, space: SpaceMap, progress: StageReporter) -> tuple[SpaceMap, int]:
    """Return the map fitted on the frequent rows that are each other's nearest, and how many these are."""
    frequent = [frequent_rows(each.vocabulary, REFINED_ROWS) for each in (a, b)]
    here, there = (
        DerivedTable(each.vectors, len(rows), rows) for each, rows in zip((a, b), frequent, strict=True)
    )
    pairs = mutual_nearest(space.of_tokens(here), there, progress)
    if not len(pairs):
        return space, 0
    centers = None
    if space.mean_a is not None and space.mean_b is not None:
        centers = space.mean_a, space.mean_b * space.scale
    ids = [rows[places] for rows, places in zip(frequent, pairs.T, strict=True)]
    return space._replace(map=map_onto(a.vectors, b.vectors, ids[0], ids[1], progress, centers)), len(pairs)


def kept_share(vectors: Vectors, rows: Ids, space: SpaceMap) -> float:
    """Return the share of the squared lengths, of rows at length 1, that the map keeps."""
    before = after = 0.0
    for _, part in blocks(DerivedTable(vectors, len(rows), rows)):
        with np.errstate(invalid="ignore"):
            units = unit_rows(part if space.mean_a is None else part - space.mean_a)
        before += float(np.einsum("ij,ij->", units, units))
        after += float(((units @ space.map) ** 2).sum())
    return after / before if before else 1.0
