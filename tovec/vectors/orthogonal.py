"""Orthogonal maps that bring shared rows of two tables together (orthogonal Procrustes; Schönemann 1966)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import BLOCK_NUMBERS, Rows, Vectors

IDENTITY_WEIGHT = 1e-9  # how strongly directions that the shared rows leave open stay as they are

Matrix = NDArray[np.float64]
Shared = tuple[NDArray[Any], NDArray[Any]]  # ids in the table before, and of the same tokens in this one


class Similarity(NamedTuple):
    """A similarity transform: points times `matrix`, (dims, dims), plus `shift`, (dims,).

    matrix: a rotation, perhaps with a reflection, times a scale.
    """

    matrix: Matrix
    shift: Matrix

    def __call__(self, points: Rows) -> Rows:
        """Return `points`, (n, dims), mapped, in float32."""
        return (points @ self.matrix + self.shift).astype(np.float32)


def rotation_onto(table: Vectors, before: Vectors, shared: Shared, progress: StageReporter) -> Matrix:
    """Return the orthogonal matrix, (dim, dim), that brings the shared rows of `table` nearest to `before`.

    The rows are compared at length 1. Where the shared rows leave the map open, because they are few, it is
    the identity.
    """
    before_ids, ids = shared
    dim = table.shape[1]
    products = np.zeros((dim, dim))
    step = max(1, BLOCK_NUMBERS // dim)
    for start in range(0, len(ids), step):
        part = slice(start, start + step)
        rows, before_rows = table[ids[part]], before[before_ids[part]]
        products += unit_rows(np.asarray(rows, np.float32)).T @ unit_rows(np.asarray(before_rows, np.float32))
        progress.sometimes("rotating", start / len(ids))
    products += IDENTITY_WEIGHT * max(1.0, float(np.linalg.norm(products))) * np.eye(dim)
    left, _, right = np.linalg.svd(products)
    return np.asarray(left @ right)


def similarity_onto(points: Rows, before: Rows, shared: Shared) -> Similarity:
    """Return the similarity transform that brings the shared points nearest to where they were `before`."""
    before_ids, ids = shared
    there, here = before[before_ids].astype(np.float64), points[ids].astype(np.float64)
    there_mean, here_mean = there.mean(axis=0), here.mean(axis=0)
    here -= here_mean
    left, strengths, right = np.linalg.svd(here.T @ (there - there_mean))
    spread = float((here**2).sum())
    scale = float(strengths.sum()) / spread if spread > 0 and strengths.any() else 1.0
    matrix = scale * (left @ right)
    return Similarity(matrix, there_mean - here_mean @ matrix)
