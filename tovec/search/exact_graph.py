"""The exact nearest neighbors of every row, by cosine.

Every pair of blocks of rows is multiplied once, in float32, and its cosines serve both sides. The loop is
our own, compiled: a BLAS product would have to be written to memory and read again, and BLAS threads keep
spinning after it, which slows down those that read.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tovec.progress import StageReporter
from tovec.threads import Threads
from tovec.vectors.cosine import Norms, row_norms
from tovec.vectors.derived import DerivedTable
from tovec.vectors.table import Rows, Vectors

BLOCK_ROWS = 512  # a thread works on one pair of blocks at a time, some milliseconds
TILE_ROWS, TILE_COLUMNS = 48, 256  # cosines that are computed before they are compared
TILE_NUMBERS = 1 << 15  # 128 KB of unit rows on one side of a tile: they stay in the cache
QUERY_NUMBERS = 1 << 24  # 64 MB of queries for which the table is read once
CACHED_NUMBERS = 1 << 26  # 256 MB of unit rows; those of a larger table are computed again when needed
START = np.float32(-2.0)  # the score of no row at all, below every cosine
TERMS, SPARE = 4, 2  # columns are padded to a multiple of TERMS, and SPARE rows are added


def exact_graph(vectors: Vectors, k: int, progress: StageReporter) -> tuple[NDArray[np.int32], Rows]:
    """Return ids (n_rows, k) and cosines (n_rows, k) of the nearest of each row, as `neighbor_graph`.

    Time grows with n_rows**2 * dim.
    """
    n_rows = vectors.shape[0]
    ids = np.zeros((n_rows, k), dtype=np.int32)
    best = np.full((n_rows, k), START, dtype=np.float32)
    units = UnitBlocks(vectors, min(BLOCK_ROWS, n_rows))
    n_done, n_pairs = 0, units.n_blocks * (units.n_blocks + 1) // 2
    with Threads() as threads:
        for pairs in _rounds(units.n_blocks):
            tasks = ((_match, units, i, j, ids, best) for i, j in pairs)
            for _ in threads.each(tasks):
                n_done += 1
                progress.sometimes("neighbors", n_done / n_pairs)
    return ids, best


def exact_rows(
    vectors: Vectors, rows: NDArray[np.int64], k: int, progress: StageReporter
) -> tuple[NDArray[np.int32], Rows]:
    """Return ids (n, k) and cosines (n, k) of the nearest of each of `rows`, as `exact_graph` does.

    Time grows with n * n_rows * dim. The table is read a few times, once for every QUERY_NUMBERS of queries.
    """
    n_rows, dim = vectors.shape
    ids = np.zeros((len(rows), k), dtype=np.int32)
    best = np.full((len(rows), k), START, dtype=np.float32)
    table = UnitBlocks(vectors, min(BLOCK_ROWS, n_rows), n_cached=0)
    at_once = max(BLOCK_ROWS, QUERY_NUMBERS // dim)
    for first in range(0, len(rows), at_once):
        part = rows[first : first + at_once]
        queries = UnitBlocks(DerivedTable(vectors, len(part), part), min(BLOCK_ROWS, len(part)))
        starts = [first + i * queries.size for i in range(queries.n_blocks)]
        with Threads() as threads:
            for j in range(table.n_blocks):
                columns = np.ascontiguousarray(table[j].T)
                tasks = (
                    (_match_queries, queries, i, table, j, columns, rows, start, ids, best)
                    for i, start in enumerate(starts)
                )
                for _ in threads.each(tasks):
                    pass
                progress.sometimes("neighbors", (first + len(part) * (j + 1) / table.n_blocks) / len(rows))
    return ids, best


def _match_queries(
    queries: "UnitBlocks",
    i: int,
    table: "UnitBlocks",
    j: int,
    columns: Rows,
    rows: NDArray[np.int64],
    start: int,
    ids: NDArray[np.int32],
    best: Rows,
) -> None:
    """Enter the cosines of block i of the queries, rows[start:], and block j of the table, its `columns`."""
    from tovec.search import graph_kernels as kernels

    part = slice(start, start + queries.length(i))
    kernels.match_queries(
        queries[i],
        columns,
        rows[part],
        table.length(j),
        j * table.size,
        ids[part],
        best[part],
        scratch(columns.shape[0]),
    )


def _rounds(n: int) -> Iterator[list[tuple[int, int]]]:
    """Yield all pairs of range(n) in rounds of disjoint pairs, as in a round-robin tournament."""
    yield [(i, i) for i in range(n)]
    around = list(range(n + n % 2))
    for _ in range(len(around) - 1):
        pairs = zip(around[: len(around) // 2], around[: len(around) // 2 - 1 : -1], strict=True)
        yield [(i, j) for i, j in pairs if max(i, j) < n]
        around.insert(1, around.pop())


def _match(units: "UnitBlocks", i: int, j: int, ids: NDArray[np.int32], best: Rows) -> None:
    """Enter the cosines of the rows of blocks i and j among the best of both."""
    from tovec.search import graph_kernels as kernels

    left, right = units[i], np.ascontiguousarray(units[j].T)
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
        scratch(left.shape[1]),
        least,
    )


def scratch(width: int) -> Rows:
    """Return room for the cosines of a tile of rows of `width` numbers."""
    from tovec.search import graph_kernels as kernels

    n_columns = max(kernels.LANES, min(TILE_COLUMNS, TILE_NUMBERS // width))
    return np.empty((TILE_ROWS + kernels.ROWS, n_columns), dtype=np.float32)


class UnitBlocks:
    """The unit rows of a table, float32, in blocks of `size`; rows without direction are zeros.

    Blocks are padded with zeros, by SPARE rows and to a multiple of TERMS columns, for a kernel that works on
    several at once. Up to `n_cached` numbers are cached, the others computed on each access.
    """

    def __init__(self, vectors: Vectors, size: int, n_cached: int = CACHED_NUMBERS) -> None:
        self.size = size
        self.n_blocks = -(-vectors.shape[0] // size)
        self._vectors = vectors
        self._norms: Norms = row_norms(vectors)
        self._width = -(-vectors.shape[1] // TERMS) * TERMS
        self._n_cached = n_cached // (size * self._width)
        self._cached: dict[int, Rows] = {}

    def length(self, block: int) -> int:
        """Return how many rows of the table `block` holds."""
        return min(self.size, self._vectors.shape[0] - block * self.size)

    def __getitem__(self, block: int) -> Rows:
        units = self._cached.get(block)
        if units is None:
            units = self._block(block)
            if len(self._cached) < self._n_cached:
                self._cached[block] = units
        return units

    def _block(self, block: int) -> Rows:
        part = slice(block * self.size, block * self.size + self.length(block))
        rows = np.asarray(self._vectors[part], dtype=np.float32)
        norms = self._norms[part, None]
        units = np.zeros((len(rows) + SPARE, self._width), dtype=np.float32)
        unpadded = units[: len(rows), : rows.shape[1]]
        np.divide(rows, norms, out=unpadded, where=norms > 0, casting="same_kind")
        return units
