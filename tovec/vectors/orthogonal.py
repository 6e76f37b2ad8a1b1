"""Orthogonal maps that bring the rows of two tables together (orthogonal Procrustes; Schönemann 1966).

Between tables of different dims the map is rectangular. From fewer into more dimensions its rows are
orthonormal, and every dot product stays as it is; from more into fewer its columns are, and what lies outside
of the directions that it takes over is lost.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import Ids, Vectors, row_slices

IDENTITY_WEIGHT = 1e-9  # how strongly directions that the rows leave open stay as they are
ROWS_FOR_EACH_NUMBER = 4  # of a vector: with fewer rows, a rotation fits whatever they are
APART_COSINE, APART_GAIN = 0.2, 2.0  # of a token with itself, after a rotation and as often as without one

Matrix = NDArray[np.float64]
Centers = tuple[Matrix, Matrix]


def rotation_onto(table: Vectors, other: Vectors, ids: Ids, progress: StageReporter) -> Matrix:
    """Return the orthogonal matrix, (dim, dim), that brings the rows `ids` of `table` nearest to `other`'s.

    The rows are compared at length 1. Where they leave the map open, because they are few, it is the
    identity.
    """
    return map_onto(table, other, ids, ids, progress)


def map_onto(
    table: Vectors,
    other: Vectors,
    ids: Ids,
    other_ids: Ids,
    progress: StageReporter,
    centers: Centers | None = None,
) -> Matrix:
    """Return the map, (dim, other dim), that brings rows of `table` nearest to their partners in `other`.

    ids, other_ids: (n,) which rows are partners. centers: the points, (dim,) and (other dim,), from which
    rows are seen; the origins where it is None. The rows are compared at length 1, as they are seen. Where
    they leave the map open, because they are few, it is the identity, as far as there is one. Both tables are
    read in parts.
    """
    dim, other_dim = table.shape[1], other.shape[1]
    products = np.zeros((dim, other_dim))
    for part, rows, there in _unit_partners(table, other, ids, other_ids, centers):
        products += rows.T @ there
        progress.sometimes("rotating", part.start / len(ids))
    open_part = IDENTITY_WEIGHT * max(1.0, float(np.linalg.norm(products)))
    left, _, right = np.linalg.svd(products + open_part * np.eye(dim, other_dim), full_matrices=False)
    return np.asarray(left @ right)


def partner_cosines(
    table: Vectors,
    other: Vectors,
    ids: Ids,
    other_ids: Ids,
    mapping: Matrix | None = None,
    centers: Centers | None = None,
) -> Matrix:
    """Return the cosine of each row with its partner, (n,), as `map_onto` sees both, after `mapping`.

    0 where one has no direction.
    """
    cosines = np.empty(len(ids))
    for part, rows, there in _unit_partners(table, other, ids, other_ids, centers):
        cosines[part] = np.einsum("ij,ij->i", rows if mapping is None else rows @ mapping, there)
    return cosines


def are_rotated(table: Vectors, other: Vectors, progress: StageReporter) -> bool:
    """Return whether two tables of the same tokens lie in spaces that are rotated against each other.

    They do where a rotation, fitted on every other token, helps the tokens that it was not fitted on. Moments
    of one run do not: a token lies near to where it was, or, early on, nowhere that a rotation could tell.
    Where there are fewer rows than ROWS_FOR_EACH_NUMBER · dim this says nothing, and they count as not
    rotated.
    """
    n_rows, dim = table.shape
    if n_rows < ROWS_FOR_EACH_NUMBER * dim:
        return False
    rotation = rotation_onto(table, other, np.arange(0, n_rows, 2), progress)
    as_they_are, rotated = 0.0, 0.0
    others = np.arange(1, n_rows, 2)
    for _, rows, there in _unit_partners(table, other, others, others):
        as_they_are += float(np.einsum("ij,ij->", rows, there)) / len(others)
        rotated += float(np.einsum("ij,ij->", rows @ rotation, there)) / len(others)
    return rotation_helps(as_they_are, rotated)


def rotation_helps(as_they_are: float, rotated: float) -> bool:
    """Whether tokens that a rotation was not fitted on are brought together by it.

    Their mean cosine with themselves has to become APART_COSINE at least, and APART_GAIN times what it was.
    """
    return rotated >= max(APART_COSINE, APART_GAIN * as_they_are)


def _unit_partners(
    table: Vectors, other: Vectors, ids: Ids, other_ids: Ids, centers: Centers | None = None
) -> Iterator[tuple[slice, Matrix, Matrix]]:
    """Yield partners at length 1, as they are seen, a few megabytes at a time, and which they are."""
    for part in row_slices(len(ids), max(table.shape[1], other.shape[1])):
        rows, there = table[ids[part]], other[other_ids[part]]
        if centers is not None:
            with np.errstate(invalid="ignore"):  # of rows with NaN or infinity, which count for nothing
                rows, there = rows - centers[0], there - centers[1]
        yield part, unit_rows(rows), unit_rows(there)
