"""How far tokens move between runs that differ by chance alone: what comparisons must exceed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.vectors.cosine import row_norms
from tovec.vectors.orthogonal import ROWS_FOR_EACH_NUMBER, partner_cosines, rotation_onto
from tovec.vectors.table import Vectors

Movement = NDArray[np.float64]


def movement(table: Vectors, other: Vectors, progress: StageReporter) -> Movement:
    """Return how far each row is from its place in `other`, (n_rows,): 1 − cosine, from 0 to 2.

    Spaces of two runs are rotated against each other, so `table` is brought onto `other` by an orthogonal map
    (Procrustes at length 1), which was fitted on every other row and is asked about the rest, and the other
    way round: a map fits the rows it is made of. NaN for rows without a direction in one of the tables, and
    for all where there are too few rows for a map.
    """
    n_rows, dim = table.shape
    halves = [np.arange(0, n_rows, 2), np.arange(1, n_rows, 2)]
    moved = np.full(n_rows, np.nan)
    if n_rows // 2 < ROWS_FOR_EACH_NUMBER * dim:
        return moved
    for fitted, asked in (halves, reversed(halves)):
        rotation = rotation_onto(table, other, fitted, progress)
        moved[asked] = 1.0 - partner_cosines(table, other, asked, asked, rotation)
    moved[(row_norms(table) == 0) | (row_norms(other) == 0)] = np.nan
    return moved


def noise_floor(runs: Sequence[Vectors], progress: StageReporter | None = None) -> Movement:
    """Return how far each row moves between runs, (n_rows,): the mean over all runs against the first.

    runs: at least two tables of the same tokens, which differ in nothing but chance, such as the seed. Where
    two models differ, a token has changed if it has moved farther than this. NaN as `movement`.
    """
    reporter = progress or StageReporter(None)
    return np.asarray(np.mean([movement(run, runs[0], reporter) for run in runs[1:]], axis=0))
