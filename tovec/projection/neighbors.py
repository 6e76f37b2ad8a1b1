"""The nearest neighbours of every row, by cosine, exact: what a map keeps together.

Every pair of blocks of rows is multiplied once, in float32, and its cosines serve both sides. This is a
compiled loop of our own: a product of BLAS would have to be written out and read again, and its threads
go on turning when it is done, in the way of those that read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.progress import Report, Reporter
from tovec.threads import Threads
from tovec.vectors.cosine import Norms, row_norms
from tovec.vectors.table import Rows, Vectors

BLOCK_ROWS = 512  # a pair of blocks is what a thread takes at once, some milliseconds
TILE_ROWS, TILE_COLUMNS = 48, 256  # cosines that are made before they are looked at
TILE_NUMBERS = 1 << 15  # 128 KB of unit rows on one side of a tile: they stay in the cache
KEPT_NUMBERS = 1 << 26  # 256 MB of unit rows; the rest of a larger table is made again when it is needed
TERMS, SPARE = 4, 2  # columns to whole multiples, rows more


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
    n_rows = vectors.shape[0]
    k = max(0, min(k, n_rows - 1))
    ids = np.zeros((n_rows, k), dtype=np.int32)
    best = np.full((n_rows, k), -2.0, dtype=np.float32)
    reporter = Reporter(report)
    reporter.now("neighbors", 0.0)
    if k == 0:
        return NeighborGraph(ids, best)
    units = UnitBlocks(vectors, min(BLOCK_ROWS, n_rows))
    n_done, n_pairs = 0, units.n_blocks * (units.n_blocks + 1) // 2
    with Threads() as threads:
        for pairs in _rounds(units.n_blocks):
            tasks = ((_match, units, i, j, ids, best) for i, j in pairs)
            for _ in threads.each(tasks):
                n_done += 1
                reporter.sometimes("neighbors", n_done / n_pairs)
    return NeighborGraph(ids, best.clip(-1.0, 1.0))


def _rounds(n: int) -> Iterator[list[tuple[int, int]]]:
    """Yield all pairs of range(n), those of a round with nothing in common, as a tournament is planned."""
    yield [(i, i) for i in range(n)]
    around = list(range(n + n % 2))
    for _ in range(len(around) - 1):
        pairs = zip(around[: len(around) // 2], around[: len(around) // 2 - 1 : -1], strict=True)
        yield [(i, j) for i, j in pairs if max(i, j) < n]
        around.insert(1, around.pop())


def _match(units: "UnitBlocks", i: int, j: int, ids: NDArray[np.int32], best: Rows) -> None:
    """Enter the cosines of the rows of blocks i and j among the best of both."""
    from tovec.projection import kernels

    left, right = units[i], np.ascontiguousarray(units[j].T)
    n_columns = max(kernels.LANES, min(TILE_COLUMNS, TILE_NUMBERS // left.shape[1]))
    scores = np.empty((TILE_ROWS + kernels.ROWS, n_columns), dtype=np.float32)
    least = np.empty(units.size, dtype=np.float32)
    kernels.match(
        left,
        right,
        units.length(i),
        units.length(j),
        i * units.size,
        j * units.size,
        ids,
        best,
        scores,
        least,
    )


class UnitBlocks:
    """The rows of a table at length 1, float32, in blocks of `size`; rows without direction are zeros.

    Blocks have SPARE rows more, and columns up to a multiple of TERMS: zeros, for a kernel that works on
    several at once. They are kept up to KEPT_NUMBERS, the others made when they are asked for.
    """

    def __init__(self, vectors: Vectors, size: int) -> None:
        self.size = size
        self.n_blocks = -(-vectors.shape[0] // size)
        self._vectors = vectors
        self._norms: Norms = row_norms(vectors)
        self._width = -(-vectors.shape[1] // TERMS) * TERMS
        self._n_kept = max(1, KEPT_NUMBERS // (size * self._width))
        self._kept: dict[int, Rows] = {}

    def length(self, block: int) -> int:
        """Return how many rows of the table `block` holds."""
        return min(self.size, self._vectors.shape[0] - block * self.size)

    def __getitem__(self, block: int) -> Rows:
        units = self._kept.get(block)
        if units is None:
            units = self._made(block)
            if len(self._kept) < self._n_kept:
                self._kept[block] = units
        return units

    def _made(self, block: int) -> Rows:
        part = slice(block * self.size, block * self.size + self.length(block))
        rows = np.asarray(self._vectors[part], dtype=np.float32)
        norms = self._norms[part, None]
        units = np.zeros((len(rows) + SPARE, self._width), dtype=np.float32)
        room = units[: len(rows), : rows.shape[1]]
        np.divide(rows, norms, out=room, where=norms > 0, casting="same_kind")
        return units
