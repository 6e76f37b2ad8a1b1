"""What the rows of a table have in common: their mean, and the directions in which they vary most.

Without it, rows differ by what is their own (all-but-the-top: Mu and Viswanath 2018, arXiv:1702.01417). The
table is read in blocks and never copied.
"""

from typing import Any, NamedTuple

import numpy as np

from tovec.checks import whole_number
from tovec.errors import BadSetting, TovecError
from tovec.progress import StageReporter
from tovec.vectors.cosine import row_norms
from tovec.vectors.derived import DerivedTable, are_costly
from tovec.vectors.lazy import LazyTable
from tovec.vectors.principal_axes import NOISE, Matrix, mean_and_total, principal_axes
from tovec.vectors.table import Rows, Vectors


class CommonComponents(NamedTuple):
    """The mean row, (dim,), and the principal components around it, (n, dim), at length 1.

    share: how much of the summed squared lengths of the rows goes with both, in [0, 1].
    """

    mean: Matrix
    directions: Matrix
    share: float


def common_components(vectors: Vectors, n: int, name: str) -> CommonComponents:
    """Return the mean of the rows that have a direction, and their `n` first principal components.

    Raises BadSetting, about the setting `name`, for an `n` that is not a whole number from 0 up or leaves
    nothing of the rows, and TovecError where no `n` leaves anything.
    """
    n = whole_number(name, n, 0)
    n_rows, dim = vectors.shape
    if n >= dim:
        raise BadSetting(name, n, f"below {dim}, the length of the vectors")
    usable = np.flatnonzero(row_norms(vectors) > 0)
    if not len(usable):
        raise TovecError("no row has a direction, so the rows have nothing in common that could be removed")
    rows = vectors if len(usable) == n_rows else DerivedTable(vectors, len(usable), usable)
    if n == 0:
        mean, total = mean_and_total(rows, StageReporter(None))
        variances, directions = np.zeros(0), np.zeros((0, dim))
    else:
        mean, total, variances, directions = principal_axes(rows, n, 0, StageReporter(None))
    if total == 0:
        raise TovecError("all rows with a direction are equal, so nothing is left of them without their mean")
    left = total - np.cumsum(variances)
    n_directions = 1 + int((left > NOISE * total).sum())
    if n >= n_directions:
        raise BadSetting(name, n, f"below {n_directions}, the number of directions in which the rows vary")
    squares = total + len(usable) * float(mean @ mean)
    return CommonComponents(mean, directions, 1 - float(left[-1] if n else total) / squares)


class RemainderTable(LazyTable):
    """The rows of a table without their common components, computed in float64 on demand.

    Rows with NaN or infinity stay as they are, and with `keeps_zeros` rows of zeros too, which stand for
    nothing.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, table: Vectors, common: CommonComponents, *, keeps_zeros: bool) -> None:
        self.shape = (table.shape[0], table.shape[1])
        self.rows_are_costly = are_costly(table)
        self._table, self._common, self._keeps_zeros = table, common, keeps_zeros

    def _take(self, rows: Any, /) -> Rows:
        found = np.asarray(self._table[rows], dtype=np.float32)
        directions = self._common.directions
        with np.errstate(over="ignore", invalid="ignore"):  # of rows that stay as they are
            own = found - self._common.mean
            own -= (own @ directions.T) @ directions
            remainder: Rows = own.astype(np.float32)
        stays = ~np.isfinite(found).all(axis=-1)
        if self._keeps_zeros:
            stays |= ~found.any(axis=-1)
        remainder[stays] = found[stays]
        return remainder
