"""Orthogonal maps that bring the rows of two tables together (orthogonal Procrustes; Schönemann 1966)."""

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
    dim = table.shape[1]
    products = np.zeros((dim, dim))
    for part in _parts(ids, dim):
        products += unit_rows(table[part]).T @ unit_rows(other[part])
        progress.sometimes("rotating", 0.0)
    products += IDENTITY_WEIGHT * max(1.0, float(np.linalg.norm(products))) * np.eye(dim)
    left, _, right = np.linalg.svd(products)
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
