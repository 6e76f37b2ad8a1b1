"""Orthogonal maps that bring the rows of two tables together (orthogonal Procrustes; Schönemann 1966).

Between tables of different dims the map is rectangular. From fewer into more dimensions its rows are
orthonormal, and every dot product stays as it is; from more into fewer its columns are, and what lies outside
of the directions that it takes over is lost.
"""

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import BLOCK_NUMBERS, Ids, Vectors

IDENTITY_WEIGHT = 1e-9  # how strongly directions that the rows leave open stay as they are
ROWS_FOR_EACH_NUMBER = 4  # of a vector: with fewer rows, a rotation fits whatever they are
APART_COSINE, APART_GAIN = 0.2, 2.0  # of a token with itself, after a rotation and as often as without one

Matrix = NDArray[np.float64]


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
    centers: tuple[Matrix, Matrix] | None = None,
) -> Matrix:
    """Return the map, (dim, other dim), that brings rows of `table` nearest to their partners in `other`.

    ids, other_ids: (n,) which rows are partners. centers: the points, (dim,) and (other dim,), from which
    rows are seen; the origins where it is None. The rows are compared at length 1, as they are seen. Where
    they leave the map open, because they are few, it is the identity, as far as there is one. Both tables are
    read in parts.
    """
    dim, other_dim = table.shape[1], other.shape[1]
    products = np.zeros((dim, other_dim))
    step = max(1, BLOCK_NUMBERS // max(dim, other_dim))
    for start in range(0, len(ids), step):
        rows, there = table[ids[start : start + step]], other[other_ids[start : start + step]]
        if centers is not None:
            with np.errstate(invalid="ignore"):  # of rows with NaN or infinity, which count for nothing
                rows, there = rows - centers[0], there - centers[1]
        products += unit_rows(rows).T @ unit_rows(there)
        progress.sometimes("rotating", start / len(ids))
    open_part = IDENTITY_WEIGHT * max(1.0, float(np.linalg.norm(products)))
    left, _, right = np.linalg.svd(products + open_part * np.eye(dim, other_dim), full_matrices=False)
    return np.asarray(left @ right)


def are_rotated(table: Vectors, other: Vectors, progress: StageReporter) -> bool:
    """Return whether two tables of the same tokens lie in spaces that are rotated against each other.

    They do where a rotation, fitted on every other token, brings the tokens it was not fitted on to a mean
    cosine with themselves of at least APART_COSINE, and of APART_GAIN times what it is without a rotation.
    Moments of one run do not: a token lies near to where it was, or, early on, nowhere that a rotation could
    tell. Where there are fewer rows than ROWS_FOR_EACH_NUMBER · dim this says nothing, and they count as not
    rotated.
    """
    n_rows, dim = table.shape
    if n_rows < ROWS_FOR_EACH_NUMBER * dim:
        return False
    rotation = rotation_onto(table, other, np.arange(0, n_rows, 2), progress)
    as_they_are, rotated = 0.0, 0.0
    others = np.arange(1, n_rows, 2)
    for part in _parts(others, dim):
        rows, there = unit_rows(table[part]), unit_rows(other[part])
        as_they_are += float(np.einsum("ij,ij->", rows, there))
        rotated += float(np.einsum("ij,ij->", rows @ rotation, there))
    return rotated >= max(APART_COSINE * len(others), APART_GAIN * as_they_are)


def _parts(ids: Ids, dim: int) -> list[Ids]:
    step = max(1, BLOCK_NUMBERS // dim)
    return [ids[start : start + step] for start in range(0, len(ids), step)]
