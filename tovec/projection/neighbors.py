"""The nearest neighbours of every row, by cosine, exact: what a map keeps together.

Every pair of blocks of rows is multiplied once, in float32, and its cosines serve both sides. Blocks
come in such an order that each row meets the others in the order of their ids, so ties keep it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.nearest import Norms, Rows, Vectors, row_norms
from tovec.projection.progress import Report, Reporter
from tovec.projection.threads import Task, Threads, shares

MOST_ROWS, LEAST_ROWS = 1024, 256  # in a block: its 4 MB of cosines stay in the cache
BLOCK_WORK = 1 << 32  # multiplications for a pair of blocks: some 0.1 s, the time between two reports
KEPT_NUMBERS = 1 << 26  # 256 MB of unit rows; the rest of a larger table is made again when it is needed


@dataclass(frozen=True)
class NeighborGraph:
    """The neighbours of every row, nearest first, the row itself left out.

    ids: (n_rows, k) int32. similarities: (n_rows, k) float32, their cosines.
    """

    ids: NDArray[np.int32]
    similarities: Rows


def neighbor_graph(vectors: Vectors, k: int = 15, *, report: Report | None = None) -> NeighborGraph:
    """Return the `k` rows of highest cosine to each row of `vectors`, (n_rows, dim).

    A table of no more than `k` rows gives all the others. Cosines are products in float32, some 1e-7
    from the true ones; ties are in the order of ids. A row of zeros, or with a NaN or an infinity, has
    similarity 0 to every other. Time grows with n_rows**2 * dim, memory with n_rows * k.
    report: called with the stage "neighbors".
    """
    n_rows, dim = vectors.shape
    k = max(0, min(k, n_rows - 1))
    ids = np.zeros((n_rows, k), dtype=np.int32)
    best = np.full((n_rows, k), -2.0, dtype=np.float32)
    reporter = Reporter(report)
    reporter.now("neighbors", 0.0)
    if k == 0:
        return NeighborGraph(ids, best)
    size = min(MOST_ROWS, max(LEAST_ROWS, math.isqrt(BLOCK_WORK // dim)), n_rows)
    units = UnitBlocks(vectors, size)
    space = np.empty(size * size, dtype=np.float32)
    n_done, n_pairs = 0, units.n_blocks * (units.n_blocks + 1) // 2
    with Threads() as threads:
        for i in range(units.n_blocks):
            for j in range(i, units.n_blocks):
                scores = _products(units[i], units[j], space)
                if i == j:
                    np.fill_diagonal(scores, -np.inf)
                threads.run(_tasks(scores, i * size, j * size, ids, best))
                n_done += 1
                reporter.sometimes("neighbors", n_done / n_pairs)
    return NeighborGraph(ids, best.clip(-1.0, 1.0))


def _products(left: Rows, right: Rows, space: Rows) -> Rows:
    """Return left @ right.T, written to `space`: fresh pages for every block would cost a third more."""
    scores = space[: len(left) * len(right)].reshape(len(left), len(right))
    return np.matmul(left, right.T, out=scores)


def _tasks(scores: Rows, row_start: int, column_start: int, ids: NDArray[np.int32], best: Rows) -> list[Task]:
    """Return the calls that enter `scores` among the best of its rows and of its columns."""
    from tovec.projection import kernels

    n_rows, n_columns = scores.shape
    rows = slice(row_start, row_start + n_rows)
    tasks: list[Task] = [
        (kernels.keep_nearest, scores, start, stop, column_start, ids[rows], best[rows])
        for start, stop in shares(n_rows)
    ]
    if row_start != column_start:
        columns = slice(column_start, column_start + n_columns)
        kept = ids[columns], best[columns], np.empty(n_columns, dtype=np.float32)
        tasks += [
            (kernels.keep_nearest_of_columns, scores, start, stop, row_start, *kept)
            for start, stop in shares(n_columns)
        ]
    return tasks


class UnitBlocks:
    """The rows of a table at length 1, float32, in blocks of `size`; rows without direction are zeros.

    Blocks are kept up to KEPT_NUMBERS, the others made when they are asked for.
    """

    def __init__(self, vectors: Vectors, size: int) -> None:
        self.n_blocks = -(-vectors.shape[0] // size)
        self._vectors, self._size = vectors, size
        self._norms: Norms = row_norms(vectors)
        self._n_kept = max(1, KEPT_NUMBERS // (size * vectors.shape[1]))
        self._kept: dict[int, Rows] = {}

    def __getitem__(self, block: int) -> Rows:
        if block in self._kept:
            return self._kept[block]
        part = slice(block * self._size, (block + 1) * self._size)
        rows = np.asarray(self._vectors[part], dtype=np.float32)
        norms = self._norms[part, None]
        units = np.zeros_like(rows)
        np.divide(rows, norms, out=units, where=norms > 0, casting="same_kind")
        if len(self._kept) < self._n_kept:
            self._kept[block] = units
        return units
