"""What every projection returns, and which tokens have no place in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tovec.vectors.cosine import are_too_large, row_lengths
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Vectors, blocks

Points = NDArray[np.float32]
NAMED = 3  # tokens


@dataclass(frozen=True)
class Projection:
    """Where each row of a table lies in two or three dimensions, or in as many as were requested.

    points: (n_rows, dims) float32, NaN for a row without a place, see `FiniteRows`. method: how they were
    computed.
    axis_names: one for each axis, for people. explained_variance_ratio: (dims,) float64, the share of the
    vectors' variance along each axis, in [0, 1]; all 0 where the vectors do not vary, None where the method
    has none. recall: the share of the true neighbors that the method was computed from, see `NeighborGraph`;
    None where it needs none.

    >>> import numpy as np
    >>> from tovec.projection import project
    >>> projection = project(np.eye(4, dtype=np.float32)[:, :3], 2, "pca")
    >>> projection.points.shape, projection.method
    ((4, 2), 'pca')
    >>> projection.axis_names
    ('PC 1 (44 % of variance)', 'PC 2 (44 % of variance)')
    """

    points: Points
    method: str
    axis_names: tuple[str, ...]
    explained_variance_ratio: NDArray[np.float64] | None = None
    recall: float | None = None


@dataclass(frozen=True)
class FiniteRows:
    """Which rows have a place in a projection, (n_rows,): those whose numbers float32 can compute with.

    A row that holds NaN or infinity has none, nor has one that is too large beside the others.
    """

    mask: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Vectors) -> "FiniteRows":
        """Read a table once to find them."""
        mask = np.empty(vectors.shape[0], dtype=np.bool_)
        lengths = np.empty(vectors.shape[0])
        for start, rows in blocks(vectors):
            mask[start : start + len(rows)] = np.isfinite(rows).all(axis=1)
            lengths[start : start + len(rows)] = row_lengths(rows)
        return cls(mask & ~are_too_large(lengths))

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """The rows themselves, ascending."""
        return np.flatnonzero(self.mask)

    @property
    def are_all(self) -> bool:
        """Whether every row has a place."""
        return len(self.ids) == len(self.mask)

    def table(self, vectors: Vectors) -> Vectors:
        """Return the finite rows of `vectors` as a table, which is `vectors` where all are."""
        return vectors if self.are_all else DerivedTable(vectors, len(self.ids), self.ids)

    def spread(self, points: Points) -> Points:
        """Return points of the finite rows, (n_finite, dims), as points of all: NaN for the others."""
        if self.are_all:
            return points
        everywhere = np.full((len(self.mask), points.shape[1]), np.nan, dtype=np.float32)
        everywhere[self.ids] = points
        return everywhere


@dataclass(frozen=True)
class PlacedTable:
    """The table of one moment, with which of its rows have a place."""

    table: Vectors
    placed: FiniteRows

    @property
    def rows(self) -> Vectors:
        """The rows that have a place."""
        return self.placed.table(self.table)


def in_space(points: Points, dims: int) -> Points:
    """Return points of at most `dims` dimensions, (…, n), as points of `dims`; the other numbers are 0."""
    missing = dims - points.shape[-1]
    return np.pad(points, (*[(0, 0)] * (points.ndim - 1), (0, missing))) if missing else points


def left_out(points: Points, names: Sequence[str]) -> str | None:
    """Return one line that names the tokens without a place in a projection, None where all have one."""
    ids = np.flatnonzero(np.isnan(points).any(axis=1))
    if not len(ids):
        return None
    first = ", ".join([*(repr(names[row]) for row in ids[:NAMED]), *(["…"] if len(ids) > NAMED else [])])
    tokens, are = ("token", "is") if len(ids) == 1 else ("tokens", "are")
    why = "whose vectors hold NaN, infinity or too large numbers"
    return f"{len(ids):,} {tokens} {why} {are} left out of the picture: {first}"
